// Import of AWS: the QuicServerIds that a Network Load Balancer routes by, from its API or from Kubernetes.
import { base64Bytes } from './base64.js';
import { importError } from './import-error.js';
import { type ImportedConfig, isHostAddress, ServerList, someOf } from './imported-config.js';
import { readJson } from './read-source.js';
import type { SourceValue } from './source-value.js';

const NEXT =
  'give it what `aws elbv2 describe-target-health --target-group-arn ARN --output json` or `kubectl get pods -o json` prints';

/** Bytes of a QuicServerId. */
const ID_BYTES = 8;
/** Where the AWS Load Balancer Controller puts it (pkg/inject/quic: --quic-environment-variable-name can change that). */
const VARIABLE = 'AWS_LBC_QUIC_SERVER_ID';

/**
 * The JSON of `aws elbv2 describe-target-health` (ids are 0x and 16 hex digits), or of `kubectl get pods` (base64 of 8 bytes).
 *
 * @throws QuicTopError
 */
export function readAws(text: string, path: string): ImportedConfig {
  const root = readJson(text, path, NEXT);
  if (!root.isMapping) root.fail('this is neither target health nor pods');
  const targets = root.at('TargetHealthDescriptions');
  if (!targets.isAbsent) return readTargets(targets, path);
  const kind = root.at('kind');
  if (kind.value === 'Pod') return readPods([root], path);
  if (kind.value === 'List' || kind.value === 'PodList') return readPods(root.at('items').items(), path);
  return root.fail('this is neither target health nor pods');
}

/** What is found, a server at a time. */
class Found {
  readonly ports = new Set<number>();
  private readonly servers: ServerList;
  private readonly owners = new Map<string, Set<string>>();

  constructor(path: string) {
    this.servers = new ServerList(path);
  }

  /** @param owner the target or pod that has the id; an address names a server by itself */
  add(id: string, owner: string, addresses: readonly string[]): void {
    const owners = this.owners.get(id) ?? new Set();
    this.owners.set(id, owners.add(owner));
    const name = isHostAddress(owner) ? undefined : owner;
    this.servers.add(id, name);
    for (const address of addresses) this.servers.add(id, name, address);
  }

  config(notes: readonly string[]): ImportedConfig {
    const shared = [...this.owners].filter(([, owners]) => owners.size > 1).map(([id]) => id);
    return {
      ...(this.ports.size > 0 ? { ports: [...this.ports] } : {}),
      schemes: ['aws-nlb'],
      servers: this.servers.all,
      notes: [
        ...notes,
        ...(shared.length > 0 ? [`several servers have the same id, and are one here: ${someOf(shared)}`] : []),
      ],
    };
  }
}

function readTargets(list: SourceValue, path: string): ImportedConfig {
  const targets = list.items().map((each) => each.at('Target'));
  const withId = targets.filter((target) => !target.at('QuicServerId').isAbsent);
  if (withId.length === 0) {
    const next = 'name a target group whose protocol is QUIC or TCP_QUIC, and use an AWS CLI that knows them';
    list.fail('none of these targets has a QuicServerId', next);
  }
  const found = new Found(path);
  for (const target of withId) {
    const id = target.at('QuicServerId');
    if (!/^0x[0-9a-f]{16}$/i.test(id.text())) id.fail('a QuicServerId is 0x and 16 hex digits');
    const owner = nameOf(target.at('Id'));
    found.add(id.text().toLowerCase(), owner, isHostAddress(owner) ? [owner] : []);
    if (!target.at('Port').isAbsent) found.ports.add(target.at('Port').wholeNumber(1, 65535));
  }
  return found.config(leftOut(targets.length - withId.length, targets.length, 'targets', 'QuicServerId'));
}

function readPods(items: readonly SourceValue[], path: string): ImportedConfig {
  const pods = items.filter(isRunnable);
  const found = new Found(path);
  const without = pods.filter((pod) => !addPod(found, pod)).length;
  if (without === pods.length) {
    const next =
      "label the namespace elbv2.k8s.aws/quic-server-id-inject=enabled, and name the container in the pods' annotation service.beta.kubernetes.io/aws-load-balancer-quic-enabled-containers";
    throw importError(path, '', `no container of these pods has ${VARIABLE}`, next);
  }
  return found.config(leftOut(without, pods.length, 'pods', VARIABLE));
}

/** Not one that has ended: its address may be another pod's by now. */
function isRunnable(item: SourceValue): boolean {
  const kind = item.at('kind');
  const phase = item.at('status').at('phase').value;
  return (kind.isAbsent || kind.value === 'Pod') && phase !== 'Succeeded' && phase !== 'Failed';
}

/** Whether a container of it has an id. */
function addPod(found: Found, pod: SourceValue): boolean {
  const all = ['initContainers', 'containers'].flatMap((key) => pod.at('spec').at(key).items());
  const containers = all.flatMap((container) => {
    const variables = container.at('env').items();
    const variable = variables.find((each) => each.at('name').value === VARIABLE);
    return variable ? [{ container, id: idOf(variable.at('value')) }] : [];
  });
  for (const { container, id } of containers) {
    found.add(id, nameOf(pod.at('metadata').at('name')), addressesOf(pod.at('status')));
    for (const port of udpPorts(container)) found.ports.add(port);
  }
  return containers.length > 0;
}

/** Of both families; none yet of a pod that waits. */
function addressesOf(status: SourceValue): string[] {
  const others = status.at('podIPs').items();
  const given = [status.at('podIP'), ...others.map((each) => each.at('ip'))].filter((each) => !each.isAbsent);
  return given.map((each) => (isHostAddress(each.text()) ? each.text() : each.fail('this is not an IP address')));
}

function udpPorts(container: SourceValue): number[] {
  const ports = container
    .at('ports')
    .items()
    .filter((each) => each.at('protocol').value === 'UDP');
  return ports.map((each) => each.at('containerPort').wholeNumber(1, 65535));
}

/** The controller writes base64, which people take for hex. @throws QuicTopError that says what it is instead */
function idOf(value: SourceValue): string {
  if (value.isAbsent) value.fail(`${VARIABLE} has no value of its own`, 'let the controller set it');
  const text = value.text();
  const wanted = `${VARIABLE} must be base64 of ${ID_BYTES} bytes`;
  const next =
    'print what the controller made: kubectl get pods -o json. Ids in hex come from aws elbv2 describe-target-health';
  if (/^(0x)?[0-9a-f]{16}$/i.test(text)) value.fail(`${wanted}, this is 16 hex digits`, next);
  const bytes = base64Bytes(text);
  if (!bytes) value.fail(`${wanted}, this is not base64`, next);
  if (bytes.length !== ID_BYTES) value.fail(`${wanted}, this is base64 of ${bytes.length}`, next);
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

function nameOf(value: SourceValue): string {
  const name = value.text();
  if (!/^[!-~]{1,512}$/.test(name)) value.fail('this is not the name of a target or pod');
  return name;
}

const leftOut = (without: number, all: number, what: string, of: string) =>
  without === 0 ? [] : [`${without} of ${all} ${what} have no ${of}, and are left out`];
