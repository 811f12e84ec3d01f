/**
 * What each Debian package holds. vmmanage-sink shares the program of vmmanage rather than bring a copy,
 * so that the two can't be of different versions and `vmmanage logs` is there where the log is.
 */
import { bashCompletion } from './completion.ts';
import { copyright } from './copyright.ts';
import type { Package } from './deb.ts';
import { mainPage, sinkPage } from './man.ts';
import { confPage } from './man-conf.ts';
import { architecture, librariesOf, NODE_VERSION, nodeLicence } from './node.ts';
import { type Release, textOf } from './release.ts';
import type { Tree } from './tree.ts';

const HOME = 'usr/lib/vmmanage';
const SHARE = 'usr/share/vmmanage';
const UNITS = 'usr/lib/systemd/system';

/** What lintian says of Node's program, and why it stays so. */
const OVERRIDES = 'packaging/lintian/vmmanage-standalone';

const ABOUT = ` It watches the service that the machine exists for, holds it against a
 policy of the tenant, and asks the infrastructure to migrate the machine:
 to the next host while the service suffers, to a cheap base host while it
 idles. Every request is logged, and every decision can be asked for its
 reason.`;

const COMMON = { Recommends: 'openssh-client', Suggests: 'vmmanage-sink' };

const vmmanage: Package = {
  name: 'vmmanage',
  architecture: () => 'all',
  scripts: 'vmmanage',
  fields: () => ({
    Depends: 'nodejs (>= 20), systemd',
    ...COMMON,
    Description: `policy daemon inside a virtual machine that asks to be moved\n${ABOUT}`,
  }),
  fill: (tree, release) => fillProgram(tree, 'vmmanage', release),
};

const standalone: Package = {
  name: 'vmmanage-standalone',
  architecture,
  scripts: 'vmmanage',
  fields: ({ version }) => ({
    Depends: `${librariesOf(process.execPath).join(', ')}, systemd`,
    ...COMMON,
    Provides: `vmmanage (= ${version})`,
    Conflicts: 'vmmanage',
    Replaces: 'vmmanage',
    Description: `policy daemon inside a virtual machine, with its own Node.js\n${ABOUT}
 .
 This package is for systems without Node.js 20: it brings ${NODE_VERSION}.`,
  }),
  async fill(tree, release) {
    await fillProgram(tree, 'vmmanage-standalone', release);
    tree.program(`${HOME}/bin/node`, process.execPath);
    tree.gzip('usr/share/doc/vmmanage-standalone/node-licence.gz', nodeLicence());
    tree.copy(OVERRIDES, 'usr/share/lintian/overrides/vmmanage-standalone');
  },
};

const sink: Package = {
  name: 'vmmanage-sink',
  architecture: () => 'all',
  scripts: 'vmmanage-sink',
  fields: ({ version }) => ({
    Depends: `vmmanage (= ${version})`,
    Recommends: 'logrotate',
    Description: `central log of the virtual machines that vmmanage moves
 It takes log records from many guests over TCP, as plain lines, syslog or
 RELP, with TLS where it is asked for, and appends them to one file. It
 begins on loopback alone; /etc/default/vmmanage-sink says where it listens.`,
  }),
  fill: fillSink,
};

export const PACKAGES: readonly Package[] = [vmmanage, standalone, sink];

async function fillProgram(tree: Tree, name: string, release: Release): Promise<void> {
  const { version, license } = JSON.parse(textOf('package.json')) as Record<string, string>;
  const manifest = { name: 'vmmanage', version, license, type: 'module' };
  tree.write(`${HOME}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
  tree.copy('bin/vmmanage', `${HOME}/bin/vmmanage`);
  tree.copy('dist/cli', `${HOME}/dist/cli`);
  tree.copy('dist/run', `${HOME}/dist/run`);
  tree.link('usr/bin/vmmanage', '../lib/vmmanage/bin/vmmanage');
  // Read as files by the page that `simulate --html` writes, so that no bundle has them.
  for (const file of ['package.json', 'dist/uPlot.min.css', 'dist/uPlot.iife.min.js']) {
    tree.copy(`node_modules/uplot/${file}`, `${HOME}/node_modules/uplot/${file}`);
  }
  fillShare(tree);
  fillSystem(tree);
  fillDocs(tree, name);
  tree.gzip('usr/share/man/man1/vmmanage.1.gz', await mainPage(release));
  tree.gzip('usr/share/man/man5/vmmanage.conf.5.gz', confPage(release));
  tree.write('usr/share/bash-completion/completions/vmmanage', await bashCompletion());
}

/** What is read, or taken to other machines, and depends on no architecture. */
function fillShare(tree: Tree): void {
  tree.copy('assets', `${SHARE}/assets`);
  tree.copy('etc/host', `${SHARE}/host`);
  tree.copy('etc/queue', `${SHARE}/queue`);
  tree.link(`${HOME}/assets`, '../../share/vmmanage/assets');
  tree.link(`${HOME}/etc/host`, '../../../share/vmmanage/host');
}

function fillSystem(tree: Tree): void {
  tree.copy('packaging/vmmanage.conf', 'etc/vmmanage/vmmanage.conf');
  for (const unit of ['vmmanage.service', 'vmmanage-jobs.service']) {
    tree.copy(`systemd/${unit}`, `${UNITS}/${unit}`);
  }
  tree.copy('systemd/vmmanage.sysusers', 'usr/lib/sysusers.d/vmmanage.conf');
  tree.copy('systemd/vmmanage.tmpfiles', 'usr/lib/tmpfiles.d/vmmanage.conf');
}

function fillDocs(tree: Tree, name: string): void {
  const doc = `usr/share/doc/${name}`;
  tree.write(`${doc}/copyright`, copyright());
  for (const page of ['README.md', 'CHANGELOG.md', 'ARCHITECTURE.md', 'SECURITY.md']) {
    tree.copy(page, `${doc}/${page}`);
  }
  tree.copy('docs', `${doc}/docs`);
  tree.copy('etc/examples', `${doc}/examples`);
  tree.copy('etc/vmmanage.conf', `${doc}/examples/vmmanage.conf`);
}

async function fillSink(tree: Tree, release: Release): Promise<void> {
  for (const unit of [
    'vmmanage-sink.service',
    'vmmanage-sink.socket',
    'vmmanage-sink-tls.socket',
  ]) {
    tree.copy(`systemd/${unit}`, `${UNITS}/${unit}`);
  }
  tree.copy('systemd/vmmanage-sink.tmpfiles', 'usr/lib/tmpfiles.d/vmmanage-sink.conf');
  tree.copy('packaging/vmmanage-sink/default', 'etc/default/vmmanage-sink');
  tree.copy('etc/logrotate/vmmanage-sink', 'etc/logrotate.d/vmmanage-sink');
  tree.write('usr/share/doc/vmmanage-sink/copyright', textOf('LICENSE'));
  tree.gzip('usr/share/man/man8/vmmanage-sink.8.gz', await sinkPage(release));
}
