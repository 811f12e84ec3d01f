/** Private servers of Debian's packages that web probes read: nginx, Prometheus and its exporter. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustFind, startWebServer, type WebServer } from './program.ts';

/** With stub_status at `/nginx_status`; `more`: further lines of its server. */
export function startNginx(more = ''): Promise<WebServer> {
  return startWebServer(({ folder, port }) => {
    // Started by root, its workers run as somebody else.
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'tmp'));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const file = join(folder, 'nginx.conf');
    writeFileSync(
      file,
      `
user nobody nogroup;
worker_processes 1;
daemon off;
pid ${folder}/pid;
events { worker_connections 100; }
http {
  access_log off;
  ${temporary.map((each) => `${each}_temp_path ${folder}/tmp/${each};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    location = /nginx_status { stub_status; }
    ${more}
  }
}
`,
    );
    return [mustFind('nginx'), '-p', folder, '-c', file, '-e', join(folder, 'error.log')];
  });
}

/** With these of its collectors, or with all that it has on by default. */
export function startNodeExporter(...collectors: string[]): Promise<WebServer> {
  const only = collectors.map((each) => `--collector.${each}`);
  const flags = collectors.length === 0 ? [] : ['--collector.disable-defaults', ...only];
  return startWebServer(({ port }) => [
    mustFind('prometheus-node-exporter'),
    `--web.listen-address=127.0.0.1:${port}`,
    ...flags,
  ]);
}

/** A Prometheus that asks `targets`, and itself, each second. */
export function startPrometheus(...targets: readonly WebServer[]): Promise<WebServer> {
  return startWebServer(({ folder, port }) => {
    const file = join(folder, 'prometheus.yml');
    const scraped = [port, ...targets.map((each) => each.port)].map((each) => `127.0.0.1:${each}`);
    writeFileSync(
      file,
      `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: all
    static_configs: [{ targets: ${JSON.stringify(scraped)} }]
`,
    );
    return [
      mustFind('prometheus'),
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ];
  });
}
