#include <tieline/transports/http/content_decoder.hpp>

#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include <string>

using namespace tieline::http;

namespace {

using outcome = content_decoder::outcome;

std::string compressed(const std::string& text, int window_bits) {
  z_stream z{};
  BOOST_REQUIRE(
    deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY)
    == Z_OK);
  std::string result(deflateBound(&z, text.size()) + 100, '\0');
  z.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<unsigned int>(text.size());
  z.next_out = reinterpret_cast<unsigned char*>(result.data());
  z.avail_out = static_cast<unsigned int>(result.size());
  BOOST_REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  result.resize(z.total_out);
  deflateEnd(&z);
  return result;
}

/// Returns what comes out, with a mark if it is not all: `!` malformed, `?` cut
/// off.
std::string decoded(const std::string& encoding, const std::string& data,
                    size_t piece) {
  auto with = content_decoder::make(encoding);
  BOOST_REQUIRE(with);
  std::string result;
  for (size_t i = 0; i < data.size(); i += piece) {
    auto done = with->take(data.substr(i, piece), [&](std::string_view text) {
      result += text;
      return true;
    });
    if (done != outcome::good)
      return result + '!';
  }
  return result + (with->complete() ? "" : "?");
}

const std::string text(200'000, 'x');

} // namespace

BOOST_AUTO_TEST_SUITE(content_decoder_test)

BOOST_AUTO_TEST_CASE(what_is_known_is_decoded_and_the_rest_is_kept) {
  for (const auto* x : {"gzip", "x-gzip", "GZIP", " gzip ", "deflate",
                        "identity, gzip", "gzip,"})
    BOOST_TEST(!!content_decoder::make(x), x);
  for (const auto* x :
       {"", "identity", "br", "zstd", "gzip, gzip", "gzip, br", "compress"})
    BOOST_TEST(!content_decoder::make(x), x);
}

BOOST_AUTO_TEST_CASE(content_is_decoded_however_it_is_cut) {
  struct row {
    const char* encoding;
    int window_bits;
  };
  const row rows[] = {{"gzip", 31}, {"deflate", 15}, {"deflate", -15}};
  for (const auto& x : rows)
    for (const auto& content : {std::string{}, std::string{"a"}, text})
      for (size_t piece : {1, 2, 7, 1'000'000})
        BOOST_TEST(
          (decoded(x.encoding, compressed(content, x.window_bits), piece)
           == content));
  BOOST_TEST(decoded("gzip", "", 1) == "");
}

BOOST_AUTO_TEST_CASE(one_file_may_follow_another) {
  auto two = compressed("one", 31) + compressed("two", 31);
  for (size_t piece : {1, 1000})
    BOOST_TEST(decoded("gzip", two, piece) == "onetwo");
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_is_not_complete) {
  for (auto [encoding, window_bits] :
       {std::pair{"gzip", 31}, {"deflate", 15}, {"deflate", -15}}) {
    auto whole = compressed("some content", window_bits);
    for (size_t size = 1; size < whole.size(); ++size)
      for (size_t piece : {1, 1000}) {
        auto got = decoded(encoding, whole.substr(0, size), piece);
        BOOST_TEST(got.back() == '?', encoding << " " << size << " " << got);
      }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_such_content_is_found) {
  auto gzip = compressed("some content", 31);
  auto bad_sum = gzip;
  bad_sum[gzip.size() - 6] ^= 1;
  for (const auto& data : {std::string{"plain text"}, gzip + "and more",
                           bad_sum, std::string(100, '\xff')})
    BOOST_TEST(decoded("gzip", data, 1000).back() == '!');
  BOOST_TEST(decoded("deflate", std::string(100, '\xff'), 7).back() == '!');
}

// A thousand bytes are made of each of its bytes.
BOOST_AUTO_TEST_CASE(who_has_enough_is_told_no_more) {
  auto bomb = compressed(std::string(100'000'000, '\0'), 31);
  auto with = content_decoder::make("gzip");
  size_t seen = 0;
  auto done = with->take(bomb, [&](std::string_view piece) {
    BOOST_TEST(piece.size() <= 65536u);
    return (seen += piece.size()) < 1'000'000;
  });
  BOOST_TEST((done == outcome::refused));
  BOOST_TEST(seen < 1'100'000u);
}

BOOST_AUTO_TEST_SUITE_END()
