/** What TLS errors mean. */

/** Whether the other side isn't one for TLS: what it answers is none, as OpenSSL puts it. */
export function isNoTls({ code, message }: Partial<NodeJS.ErrnoException>): boolean {
  return code === 'EPROTO' && NO_TLS.test(message ?? '');
}

const NO_TLS = /wrong version number|packet length too long|http request/;
