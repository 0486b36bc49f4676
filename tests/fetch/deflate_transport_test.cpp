#include "fetch/deflate_transport.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "fetch/error.hpp"
#include "fetch/replay_transport.hpp"
#include "tests/fetch/borrowed_transport.hpp"
#include "tests/fetch/deflate_server.hpp"

namespace mailspoor::fetch {
namespace {

constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

/// What a client reads, and how that ended: `closed`, or `Type: text` of what was thrown.
struct Heard {
  std::string octets;
  std::string end;
  bool operator==(const Heard&) const = default;
};
void PrintTo(const Heard& heard, std::ostream* out) { *out << heard.octets << " | " << heard.end; }

Heard hear(const std::string& stream, std::size_t chunk, std::size_t buffer_size, std::string_view before) {
  ReplayTransport server{stream, {.chunk = chunk}};
  DeflateTransport transport{std::make_unique<BorrowedTransport>(server), before};
  std::vector<char> buffer(buffer_size);
  Heard heard;
  try {
    while (const std::size_t count = transport.read(buffer)) heard.octets.append(buffer.data(), count);
    heard.end = "closed";
  } catch (const ProtocolError& error) {
    heard.end = std::string{"ProtocolError: "} + error.what();
  } catch (const NetworkError& error) {
    heard.end = std::string{"NetworkError: "} + error.what();
  }
  return heard;
}

/// The same however the octets are cut, and whether some had been read before.
Heard hear(const std::string& stream) {
  const Heard whole = hear(stream, kWhole, 65536, "");
  EXPECT_EQ(hear(stream, 1, 65536, ""), whole);
  EXPECT_EQ(hear(stream, kWhole, 1, ""), whole);
  EXPECT_EQ(hear(stream, 7, 3, ""), whole);
  EXPECT_EQ(hear("", 1, 65536, stream), whole);
  EXPECT_EQ(hear(stream.substr(stream.size() / 2), 1, 5, stream.substr(0, stream.size() / 2)), whole);
  return whole;
}

std::string some_text(std::size_t size) {
  std::string text;
  for (unsigned number = 1; text.size() < size; ++number)
    text += "* " + std::to_string(number * number) + " EXISTS\r\n";
  text.resize(size);
  return text;
}

TEST(DeflateTransport, InflatesWhatTheServerSends) {
  const std::string text = some_text(200'000) + std::string{"\0\xff", 2};
  EXPECT_EQ(hear(deflated(text)), (Heard{text, "closed"}));
}

// RFC 1951 §3.2.4: a stored block, 03 00 long, its complement, the octets; then the same with the final bit.
TEST(DeflateTransport, TakesRawDeflateAsTheRfcWritesIt) {
  EXPECT_EQ(hear(std::string{"\x00\x03\x00\xfc\xff"
                             "abc",
                             8}),
            (Heard{"abc", "closed"}));
}

TEST(DeflateTransport, TellsThatTheServerEndedTheStream) {
  const std::string text = some_text(5'000);
  EXPECT_EQ(hear(deflated(text, Stream::ends)),
            (Heard{text, "NetworkError: the server ended the compressed stream"}));
  EXPECT_EQ(hear(deflated(text, Stream::ends) + "* BYE\r\n").octets, text);
}

TEST(DeflateTransport, GivesAllUpToWhereTheConnectionBreaks) {
  const std::string text = some_text(5'000);
  const std::string stream = deflated(text);
  const Heard heard = hear(stream.substr(0, stream.size() / 2));
  EXPECT_EQ(heard.end, "closed");
  EXPECT_LT(heard.octets.size(), text.size());
  EXPECT_TRUE(text.starts_with(heard.octets));
}

TEST(DeflateTransport, GivesAllUpToTheDamageAndThenSaysWhatItIs) {
  const std::string text = some_text(5'000);
  // Block type 3 does not exist (RFC 1951 §3.2.3).
  EXPECT_EQ(hear(deflated(text) + "\x07"),
            (Heard{text,
                   "ProtocolError: what the server sends as compressed is damaged (invalid block type): "
                   "--no-compress does without"}));
}

TEST(DeflateTransport, TakesNoPlainTextForCompressed) {
  EXPECT_TRUE(hear("k1 OK nothing is compressed here, whatever was said before\r\n")
                  .end.starts_with("ProtocolError: what the server sends as compressed is damaged"));
}

TEST(DeflateTransport, WritesRawDeflateThatIsWholeAfterEachWrite) {
  ReplayTransport server{"", {}};
  DeflateTransport transport{std::make_unique<BorrowedTransport>(server), ""};
  transport.write("k1 NOOP\r\n");
  EXPECT_EQ(inflated(server.written()), "k1 NOOP\r\n");
  EXPECT_EQ(server.written().find("NOOP"), std::string::npos);
  const std::string text = some_text(300'000);
  transport.write(text);
  EXPECT_EQ(inflated(server.written()), "k1 NOOP\r\n" + text);
  EXPECT_LT(server.written().size(), text.size() / 3);
}

TEST(DeflateTransport, SharesTheDeadlinesOfTheConnection) {
  ReplayTransport server{"", {}};
  auto inner = std::make_unique<BorrowedTransport>(server);
  Deadlines& deadlines = inner->deadlines();
  DeflateTransport transport{std::move(inner), ""};
  EXPECT_EQ(&transport.deadlines(), &deadlines);
}

/// A server that says the same for ever, and so fast that nobody ever waits.
class EndlessServer : public Transport {
 public:
  explicit EndlessServer(std::string octets)
      : Transport{std::chrono::seconds{60}}, octets_{std::move(octets)} {}
  std::size_t read(std::span<char> buffer) override {
    std::size_t count = 0;
    for (; count + octets_.size() <= buffer.size(); count += octets_.size())
      octets_.copy(buffer.data() + count, octets_.size());
    sent_ += count;
    return count;
  }
  void write(std::string_view) override {}
  void close() noexcept override {}
  bool is_encrypted() const noexcept override { return true; }
  const std::vector<std::string>& connect_lines() const noexcept override { return lines_; }
  std::uint64_t sent() const noexcept { return sent_; }

 private:
  std::string octets_;
  std::vector<std::string> lines_;
  std::uint64_t sent_ = 0;
};

TEST(DeflateTransport, EndsAStreamOfNothing) {
  EndlessServer server{std::string{"\x00\x00\x00\xff\xff", 5}};  // empty stored blocks
  DeflateTransport transport{std::make_unique<BorrowedTransport>(server), ""};
  std::vector<char> buffer(100);
  EXPECT_THROW(transport.read(buffer), ProtocolError);
  EXPECT_LE(server.sent(), Deadlines::kMaxUseless + 1'000'000);
}

TEST(DeflateTransport, EndsAStreamOfHardlyAnything) {
  // One octet in each 64 KiB of empty blocks.
  std::string stream;
  for (int block = 0; block < 3000; ++block) stream += std::string{"\x00\x00\x00\xff\xff", 5};
  stream += std::string{"\x00\x01\x00\xfe\xffx", 6};
  EndlessServer server{stream};
  DeflateTransport transport{std::make_unique<BorrowedTransport>(server), ""};
  std::vector<char> buffer(100);
  EXPECT_THROW(
      {
        while (transport.read(buffer) > 0) {
        }
      },
      ProtocolError);
  EXPECT_LE(server.sent(), Deadlines::kMaxUseless + 10'000'000);
}

TEST(DeflateTransport, CountsNothingAgainstAStreamThatCannotBeMadeSmaller) {
  std::string text;
  std::uint32_t state = 1;
  while (text.size() < 300'000) text += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  ReplayTransport server{deflated(text), {.chunk = 100}};
  DeflateTransport transport{std::make_unique<BorrowedTransport>(server), ""};
  transport.deadlines().useless(Deadlines::kMaxUseless);  // one more would be too many
  std::vector<char> buffer(1000);
  std::string heard;
  while (const std::size_t count = transport.read(buffer)) heard.append(buffer.data(), count);
  EXPECT_EQ(heard, text);
}

}  // namespace
}  // namespace mailspoor::fetch
