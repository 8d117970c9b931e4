# Run inside a root where quic-top was installed from a package: captures on a veth between two network namespaces while
# somebody sends Initials, and prints the lines. All of it is gone with the root's namespaces.
for program in clang bpftool; do
  if command -v "$program" >/dev/null; then
    echo "$program is here" >&2
    exit 1
  fi
done
apt-get install -y --no-install-recommends iproute2 >&2
ip netns add sender
ip netns add watched
ip link add left netns watched type veth peer name right netns sender
for side in 'watched left 1' 'sender right 2'; do
  set -- $side
  ip -n "$1" addr add "10.83.0.$3/24" dev "$2"
  ip -n "$1" link set "$2" up
done
ip netns exec sender node -e '
  const initial = Buffer.concat([Buffer.from("c00000000108013300110000000008", "hex"), Buffer.alloc(1185)]);
  const socket = require("node:dgram").createSocket("udp4");
  setInterval(() => socket.send(initial, 4433, "10.83.0.1"), 10);
' &
timeout 30 ip netns exec watched quic-top left --json --duration 3s --mode divert
