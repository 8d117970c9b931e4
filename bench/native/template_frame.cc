#include "template_frame.h"

#include <arpa/inet.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>

#include <cstring>

namespace {

constexpr uint16_t kClientPort = 50000;
constexpr size_t kQuicHeader = GEN_DCID_OFFSET + GEN_DCID_LENGTH + 1;  // with an empty SCID

// Addresses of nobody: where the host gets the frame, its stack drops it by its destination MAC.
constexpr uint8_t kServerMac[] = {0x02, 0, 0, 0, 0x51, 1};
constexpr uint8_t kClientMac[] = {0x02, 0, 0, 0, 0x51, 2};

size_t IpHeader(bool ipv6) { return ipv6 ? sizeof(ip6_hdr) : sizeof(iphdr); }

uint16_t Ipv4Checksum(const iphdr& header) {
  uint16_t words[sizeof(header) / 2];
  std::memcpy(words, &header, sizeof(header));
  uint32_t sum = 0;
  for (const uint16_t word : words) sum += word;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

iphdr Ipv4Header(size_t length) {
  iphdr header{};
  header.version = 4;
  header.ihl = sizeof(header) / 4;
  header.tot_len = htons(static_cast<uint16_t>(length));
  header.ttl = IPDEFTTL;
  header.protocol = IPPROTO_UDP;
  header.saddr = inet_addr("10.0.0.2");
  header.daddr = inet_addr("10.0.0.1");
  header.check = Ipv4Checksum(header);
  return header;
}

ip6_hdr Ipv6Header(size_t payload_length) {
  ip6_hdr header{};
  header.ip6_vfc = 6 << 4;
  header.ip6_plen = htons(static_cast<uint16_t>(payload_length));
  header.ip6_nxt = IPPROTO_UDP;
  header.ip6_hlim = IPDEFTTL;
  inet_pton(AF_INET6, "fd00::2", &header.ip6_src);
  inet_pton(AF_INET6, "fd00::1", &header.ip6_dst);
  return header;
}

}  // namespace

size_t LeastFrame(bool ipv6, bool numbered) {
  const size_t quic = numbered ? GEN_NUMBER_OFFSET + sizeof(uint64_t) : kQuicHeader;
  return sizeof(ether_header) + IpHeader(ipv6) + sizeof(udphdr) + quic;
}

TemplateFrame MakeTemplateFrame(size_t size, bool ipv6, bool numbered) {
  TemplateFrame frame{std::vector<uint8_t>(size), 0};
  uint8_t* next = frame.bytes.data();
  const auto append = [&next](const auto& header) {
    std::memcpy(next, &header, sizeof(header));
    next += sizeof(header);
  };

  ether_header ethernet{};
  std::memcpy(ethernet.ether_dhost, kServerMac, sizeof(kServerMac));
  std::memcpy(ethernet.ether_shost, kClientMac, sizeof(kClientMac));
  ethernet.ether_type = htons(ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
  append(ethernet);

  const size_t udp_length = size - sizeof(ethernet) - IpHeader(ipv6);
  if (ipv6) {
    append(Ipv6Header(udp_length));
  } else {
    append(Ipv4Header(sizeof(iphdr) + udp_length));
  }

  frame.udp_offset = static_cast<uint32_t>(next - frame.bytes.data());
  udphdr udp{};  // the BPF half sets the destination port; no checksum
  udp.source = htons(kClientPort);
  udp.len = htons(static_cast<uint16_t>(udp_length));
  append(udp);

  // The QUIC header is the BPF half's, too.
  if (numbered) {
    // Behind an empty token and a packet of no bytes; below 0x80, so that no second long header seems to
    // follow.
    uint8_t* end = frame.bytes.data() + size;
    for (uint8_t* byte = next + kQuicHeader + 2; byte < end; byte++) *byte = (byte - next) * 37 & 0x7f;
  }
  return frame;
}

void SetShares(gen_config* config, double other, double short_header, double foreign) {
  const auto threshold = [](double share) { return static_cast<uint32_t>(share * UINT32_MAX); };
  double share = 1 - other - short_header - foreign;
  config->below[GEN_CIDV1] = threshold(share);
  config->below[GEN_OTHER] = threshold(share += other);
  config->below[GEN_SHORT] = threshold(share += short_header);
}
