// The kinds of `quic-top import`: another software is a file with its function, and a row here.
import { readAws } from './aws.js';
import { readEnvoy } from './envoy.js';
import { readH2o } from './h2o.js';
import type { ImportedConfig } from './imported-config.js';
import { readKatran } from './katran.js';
import { readNghttpx } from './nghttpx.js';

export { configText } from './config-text.js';
export type { ImportedConfig } from './imported-config.js';

export interface Importer {
  /** As the command line has it. */
  kind: string;
  /** What the text is, as a person reads it. */
  title: string;
  /**
   * @param path absolute, or "-" for standard input: of what the text stands in
   * @throws QuicTopError with what is wrong, where, and what to do
   */
  read(text: string, path: string): ImportedConfig;
}

export const IMPORTERS: readonly Importer[] = [
  { kind: 'envoy', title: 'envoy.yaml, a listener or a config_dump with quic_lb', read: readEnvoy },
  { kind: 'katran', title: 'what katran_goclient -list_qm prints', read: readKatran },
  { kind: 'nghttpx', title: 'the file of --frontend-quic-secret-file', read: readNghttpx },
  { kind: 'h2o', title: 'h2o.conf, or its session ticket file', read: readH2o },
  { kind: 'aws', title: 'JSON of aws elbv2 describe-target-health or kubectl get pods', read: readAws },
];
