#include "tieline/transports/http/content_decoder.hpp"

#include "tieline/transports/http/call.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tieline::http {

namespace {

constexpr size_t piece = size_t{64} * 1024;

// In words of zlib: the window, and what is around the data.
constexpr int gzip_format = 15 + 16;
constexpr int zlib_format = 15;
constexpr int raw_format = -15;

/// Returns the only encoding of a list, in lower case; empty if there is none,
/// or more than one.
std::string only_encoding(std::string_view list) {
  std::string result;
  while (!list.empty()) {
    auto comma = std::min(list.find(','), list.size());
    auto name = lower(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    name.erase(0, name.find_first_not_of(" \t"));
    name.erase(name.find_last_not_of(" \t") + 1);
    if (name.empty() || name == "identity")
      continue;
    if (!result.empty())
      return {};
    result = std::move(name);
  }
  return result;
}

bool is_zlib(std::string_view data) {
  auto first = static_cast<unsigned char>(data[0]);
  auto second = static_cast<unsigned char>(data[1]);
  return (first & 0x0fU) == Z_DEFLATED && (first * 256U + second) % 31 == 0;
}

} // namespace

std::unique_ptr<content_decoder>
content_decoder::make(std::string_view encoding) {
  auto name = only_encoding(encoding);
  auto gzip = name == "gzip" || name == "x-gzip";
  if (!gzip && name != "deflate")
    return nullptr;
  return std::unique_ptr<content_decoder>{new content_decoder(gzip)};
}

content_decoder::content_decoder(bool gzip) : gzip_(gzip) {
  // nop
}

content_decoder::~content_decoder() {
  if (stream_)
    inflateEnd(stream_.get());
}

bool content_decoder::begin(int window_bits) {
  auto fresh = std::make_unique<z_stream_s>();
  if (inflateInit2(fresh.get(), window_bits) != Z_OK)
    return false;
  stream_ = std::move(fresh);
  return true;
}

content_decoder::outcome content_decoder::take(std::string_view data,
                                               const output& out) {
  if (data.empty())
    return outcome::good;
  begun_ = true;
  if (stream_)
    return decode(data, out);
  held_ += data;
  if (!gzip_ && held_.size() < 2)
    return outcome::good;
  auto format = gzip_ ? gzip_format : is_zlib(held_) ? zlib_format : raw_format;
  if (!begin(format))
    return outcome::malformed;
  return decode(std::exchange(held_, {}), out);
}

content_decoder::outcome content_decoder::decode(std::string_view data,
                                                 const output& out) {
  std::array<char, piece> room;
  auto& z = *stream_;
  z.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(data.data()));
  z.avail_in = static_cast<unsigned int>(data.size());
  do {
    if (ended_) {
      // One compressed file may follow another (RFC 1952, 2.2).
      if (z.avail_in == 0)
        break;
      if (!gzip_ || inflateReset(&z) != Z_OK)
        return outcome::malformed;
      ended_ = false;
    }
    z.next_out = reinterpret_cast<unsigned char*>(room.data());
    z.avail_out = piece;
    auto code = inflate(&z, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
      return outcome::malformed;
    ended_ = code == Z_STREAM_END;
    auto size = piece - z.avail_out;
    if (size > 0 && !out({room.data(), size}))
      return outcome::refused;
  } while (z.avail_in > 0 || (!ended_ && z.avail_out == 0));
  return outcome::good;
}

} // namespace tieline::http
