#include "quic/hello_streams.h"

#include "quic/opened_initial.h"

namespace {

constexpr uint8_t kClientHello = 1;  // RFC 8446 section 4
constexpr size_t kHandshakeHeader = 4;
constexpr uint8_t kMostHellos = 2;

}  // namespace

HelloStreams::HelloStreams(uint32_t connections, size_t most_bytes)
    : connections_(connections), most_bytes_(most_bytes) {}

void HelloStreams::begin(uint32_t place) {
  Connection& connection = connections_.at(place);
  count(&connection, place, 0);
  connection = {};
}

std::optional<ClientHello> HelloStreams::push(uint32_t place, const std::vector<CryptoFrame>& frames,
                                              uint32_t* issues) {
  Connection& connection = connections_.at(place);
  if (frames.empty()) return std::nullopt;
  if (connection.forgotten) *issues |= QT_CLIENT_HELLO_FORGOTTEN;
  if (connection.ended) return std::nullopt;
  if (!connection.stream) connection.stream = std::make_unique<CryptoStream>();
  for (const CryptoFrame& frame : frames) {
    if (!connection.stream->write(frame)) *issues |= QT_CRYPTO_BEYOND_LIMIT;
  }
  std::optional<ClientHello> hello = read(&connection, issues);
  if (connection.ended) connection.stream.reset();
  count(&connection, place, connection.stream ? connection.stream->size() : 0);
  while (bytes_ > most_bytes_) {
    uint32_t oldest = waiting_.front();
    Connection& forgotten = connections_[oldest];
    forgotten.ended = forgotten.forgotten = true;
    forgotten.stream.reset();
    count(&forgotten, oldest, 0);
  }
  return hello;
}

std::optional<ClientHello> HelloStreams::read(Connection* connection, uint32_t* issues) {
  Bytes bytes = connection->stream->contiguous();
  if (bytes.size < kHandshakeHeader) return std::nullopt;
  size_t end = kHandshakeHeader + (bytes.data[1] << 16 | bytes.data[2] << 8 | bytes.data[3]);
  if (bytes.data[0] != kClientHello || end > CryptoStream::kWindow) {
    *issues |= bytes.data[0] == kClientHello ? QT_CLIENT_HELLO_TOO_LONG : QT_NO_CLIENT_HELLO;
    connection->ended = true;  // nothing behind it can be told apart
    return std::nullopt;
  }
  if (bytes.size < end) return std::nullopt;
  message_.assign(bytes.data + kHandshakeHeader, bytes.data + end);
  ClientHello hello = read_client_hello({message_.data(), message_.size()});
  if (hello.malformed) *issues |= QT_CLIENT_HELLO_MALFORMED;
  keep_names(&hello, issues);
  connection->hellos++;
  if (connection->hellos == kMostHellos)
    connection->ended = true;
  else
    connection->stream->consume(end);
  return hello;
}

// What the connection's stream takes now.
void HelloStreams::count(Connection* connection, uint32_t place, size_t bytes) {
  if (connection->bytes == 0 && bytes > 0) connection->waiting = waiting_.insert(waiting_.end(), place);
  if (connection->bytes > 0 && bytes == 0) waiting_.erase(connection->waiting);
  bytes_ += bytes - connection->bytes;
  connection->bytes = bytes;
}
