#include "index/message/octet_scan.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "index/error.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kBlock = std::size_t{32} * 1024;
/// Of a line only the front tells structure; the rest is hashed and counted.
constexpr std::size_t kLineFront = 1024;
constexpr std::size_t kMaxBoundaryOctets = 128;  // RFC 2046 §5.1.1 allows 70

/// The value of a `boundary` parameter in a line of a Content-Type field; empty if there is none.
std::string boundary_parameter(std::string_view line) {
  const auto lower = base::to_lower(line);
  for (auto at = lower.find("boundary"); at != std::string::npos; at = lower.find("boundary", at + 1)) {
    auto value = lower.find_first_not_of(" \t", at + 8);
    if (value == std::string::npos || lower[value] != '=') continue;
    value = lower.find_first_not_of(" \t", value + 1);
    if (value == std::string::npos) return {};
    if (line[value] != '"')
      return std::string{line.substr(value, line.find_first_of(" \t;\r\n", value) - value)};
    std::string unquoted;
    for (auto c = value + 1; c < line.size() && line[c] != '"'; ++c) {
      if (line[c] == '\\' && c + 1 < line.size()) ++c;
      unquoted += line[c];
    }
    return unquoted;
  }
  return {};
}

/// The spans that a parser may see, the last one open while reading goes on.
class Spans {
 public:
  void open(std::uint64_t at) { begin_ = at; }
  void close(std::uint64_t at) {
    if (begin_) spans_.push_back({*begin_, at});
    begin_.reset();
  }
  std::vector<OctetFacts::Span> take() { return std::move(spans_); }

 private:
  std::optional<std::uint64_t> begin_ = 0;
  std::vector<OctetFacts::Span> spans_;
};

/// Follows header sections and multipart boundaries line by line, as closely as counting needs.
class StructureCounter {
 public:
  /// @param front  The beginning of the line, kLineFront octets at most.
  /// @param begin  Where the line begins in the message.
  /// @return Why nothing from this line on may be parsed; empty if it may.
  std::string_view take_line(std::string_view front, std::uint64_t begin, std::uint64_t octets) {
    while (!front.empty() && (front.back() == '\n' || front.back() == '\r')) front.remove_suffix(1);
    if (!in_first_section() && take_boundary(front)) {
      if (++parts_ > kMaxParts) return "more than 10,000 MIME parts: the rest was not read";
      leave_cut(begin);
      start_header();
      return {};
    }
    return in_header_ ? take_header_line(front, begin, octets) : std::string_view{};
  }

  bool in_first_section() const noexcept { return in_header_ && is_first_section_; }
  bool has_cut_header() const noexcept { return has_cut_header_; }
  std::optional<std::uint64_t> body_offset() const noexcept { return body_offset_; }
  Spans& spans() noexcept { return spans_; }

 private:
  std::string_view take_header_line(std::string_view front, std::uint64_t begin, std::uint64_t octets) {
    if (front.empty()) return end_header(begin);
    header_octets_ += octets;
    if (header_octets_ > kMaxHeaderOctets) {
      if (!is_cutting_) spans_.close(begin);
      is_cutting_ = has_cut_header_ = true;
      return {};
    }
    all_header_octets_ += octets;
    if (all_header_octets_ > kMaxAllHeaderOctets)
      return "more than 4 MiB of header sections: the rest was not read";
    if (!base::is_wsp(front[0])) in_content_type_ = base::starts_with_ignoring_case(front, "content-type");
    if (!in_content_type_) return {};
    if (octets > kLineFront) any_dashes_ = true;  // what stands behind the front may name a boundary
    const auto lower = base::to_lower(front);
    if (lower.find("message/") != std::string::npos) holds_message_ = true;
    // The form of RFC 2231 is left to the parser: then every line that may be a boundary counts.
    if (lower.find("boundary*") != std::string::npos) any_dashes_ = true;
    if (lower.find("multipart") != std::string::npos) wants_boundary_ = true;
    const auto boundary = boundary_parameter(front);
    if (!boundary.empty()) wants_boundary_ = false;
    return boundary.empty() ? std::string_view{} : push(boundary);
  }

  std::string_view end_header(std::uint64_t begin) {
    leave_cut(begin);
    // A multipart whose boundary was not found here may still have one that a parser finds: a comment before
    // the `=`, a fold behind it. Then every line that could be a boundary counts.
    if (wants_boundary_) any_dashes_ = true;
    if (is_first_section_) body_offset_ = begin;
    in_header_ = is_first_section_ = in_content_type_ = false;
    if (!holds_message_) return {};
    start_header();
    return push({});
  }

  /// Opens a level: a multipart with its boundary, or a message with an empty one.
  std::string_view push(const std::string& boundary) {
    if (levels_.size() == kMaxDepth) return "nested deeper than 100 levels: the rest was not read";
    if (boundary.size() > kMaxBoundaryOctets) any_dashes_ = true;
    levels_.push_back(boundary);
    if (!boundary.empty()) boundaries_.insert(boundary);
    return {};
  }

  /// Whether the line is a boundary of any multipart seen so far. Levels inside the one it belongs to end.
  bool take_boundary(std::string_view line) {
    if (line.size() < 2 || line[0] != '-' || line[1] != '-' || (boundaries_.empty() && !any_dashes_))
      return false;
    line.remove_prefix(2);
    while (!line.empty() && base::is_wsp(line.back())) line.remove_suffix(1);
    if (is_known(line)) {
      end_levels(std::string{line}, false);
      return true;
    }
    if (line.size() > 2 && line.substr(line.size() - 2) == "--" &&
        is_known(line.substr(0, line.size() - 2))) {
      end_levels(std::string{line.substr(0, line.size() - 2)}, true);
      return true;
    }
    return any_dashes_;
  }

  bool is_known(std::string_view boundary) const { return boundaries_.count(std::string{boundary}) != 0; }

  void end_levels(const std::string& boundary, bool is_last) {
    const auto level = std::find(levels_.rbegin(), levels_.rend(), boundary);
    if (level == levels_.rend()) return;
    levels_.erase(level.base() - (is_last ? 1 : 0), levels_.end());
  }

  void leave_cut(std::uint64_t at) {
    if (is_cutting_) spans_.open(at);
    is_cutting_ = false;
  }

  void start_header() {
    in_header_ = true;
    in_content_type_ = holds_message_ = wants_boundary_ = false;
    header_octets_ = 0;
  }

  Spans spans_;
  std::vector<std::string> levels_;
  std::unordered_set<std::string> boundaries_;
  bool any_dashes_ = false;
  bool in_header_ = true;
  bool is_first_section_ = true;
  bool in_content_type_ = false;
  bool holds_message_ = false;
  bool wants_boundary_ = false;  ///< A multipart was declared, and no boundary yet.
  bool is_cutting_ = false;
  bool has_cut_header_ = false;
  std::optional<std::uint64_t> body_offset_;
  std::size_t parts_ = 0;
  std::uint64_t header_octets_ = 0;
  std::uint64_t all_header_octets_ = 0;
};

/// The two digests of OctetFacts. Messages of servers have the form that is hashed for the id: they are
/// hashed once, up to the first octet where the two differ.
class Digests {
 public:
  /// One line, or a piece of a long one. `ends` says that the piece is the end of its line, LF included.
  /// @param is_envelope  The mbox line, which the id does without.
  void take(std::string_view piece, bool ends, bool is_envelope) {
    const bool lacks_cr = ends && (piece.size() > 1 ? piece[piece.size() - 2] : last_) != '\r';
    if (!canonical_ && (lacks_cr || is_envelope)) canonical_.emplace(octets_);
    octets_.put(piece);
    if (is_envelope) return;
    if (canonical_) {
      if (lacks_cr) {
        canonical_->put(piece.substr(0, piece.size() - 1));
        piece = "\r\n";
      }
      canonical_->put(piece);
    }
    last_ = piece.back();
  }

  void finish(OctetFacts& facts) {
    if (last_ != '\n') {
      if (!canonical_) canonical_.emplace(octets_);
      canonical_->put("\r\n");
    }
    facts.sha256 = octets_.finish();
    facts.id = canonical_ ? canonical_->finish() : facts.sha256;
  }

 private:
  /// In larger pieces than lines.
  class Buffered {
   public:
    Buffered() = default;
    Buffered(const Buffered& other) : hash_{other.hash_.fork()}, buffer_{other.buffer_} {}
    void put(std::string_view octets) {
      if (buffer_.size() + octets.size() > kBlock) {
        hash_.update(buffer_);
        buffer_.clear();
      }
      buffer_ += octets;
    }
    base::Sha256Digest finish() {
      hash_.update(buffer_);
      return hash_.finish();
    }

   private:
    base::Sha256 hash_;
    std::string buffer_;
  };
  Buffered octets_;
  std::optional<Buffered> canonical_;
  char last_ = 0;  // of an empty message, so that it gets its CRLF
};

class Scan {
 public:
  void take_block(std::string_view block) {
    while (!block.empty()) {
      const auto end = block.find('\n');
      const bool ends = end != std::string_view::npos;
      const auto piece = block.substr(0, ends ? end + 1 : block.size());
      take_piece(piece, ends);
      block.remove_prefix(piece.size());
    }
  }

  OctetFacts finish() {
    if (line_octets_ > 0) end_line();
    counter_.spans().close(facts_.size);
    facts_.kept = counter_.spans().take();
    if (counter_.has_cut_header()) facts_.defects.emplace_back("a header section of more than 1 MiB was cut");
    digests_.finish(facts_);
    facts_.body_offset = counter_.body_offset().value_or(facts_.size);
    return std::move(facts_);
  }

 private:
  void take_piece(std::string_view piece, bool ends) {
    if (line_octets_ == 0) is_mbox_line_ = facts_.size == 0 && piece.substr(0, 5) == "From ";
    if (front_.size() < kLineFront) front_ += piece.substr(0, kLineFront - front_.size());
    digests_.take(piece, ends, is_mbox_line_);
    if (is_reading_ && counter_.in_first_section() && !is_mbox_line_ &&
        facts_.header_section.size() < kMaxHeaderOctets && !is_empty_line(piece)) {
      if (facts_.header_section.empty()) facts_.header_offset = facts_.size;
      facts_.header_section += piece.substr(0, kMaxHeaderOctets - facts_.header_section.size());
    }
    line_octets_ += piece.size();
    facts_.size += piece.size();
    if (ends) end_line();
  }

  bool is_empty_line(std::string_view piece) const {
    return line_octets_ == 0 && (piece == "\n" || piece == "\r\n");
  }

  void end_line() {
    const auto begin = facts_.size - line_octets_;
    if (is_mbox_line_) {
      counter_.spans().open(facts_.size);
    } else if (is_reading_) {
      const auto why_not = counter_.take_line(front_, begin, line_octets_);
      if (!why_not.empty()) {
        facts_.defects.emplace_back(why_not);
        counter_.spans().close(begin);
        is_reading_ = false;
      }
    }
    is_mbox_line_ = false;
    line_octets_ = 0;
    front_.clear();
  }

  OctetFacts facts_;
  Digests digests_;
  StructureCounter counter_;
  std::string front_;
  std::uint64_t line_octets_ = 0;
  bool is_mbox_line_ = false;
  bool is_reading_ = true;
};

}  // namespace

OctetFacts scan_octets(int fd, const std::string& path_for_errors) {
  Scan scan;
  std::array<char, kBlock> block;  // on the stack: most messages are smaller than what it takes to clear one
  for (std::uint64_t at = 0;;) {
    const auto got = ::pread(fd, block.data(), block.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw DatabaseError{"cannot read " + path_for_errors + ": " + std::strerror(errno)};
    if (got == 0) return scan.finish();
    scan.take_block(std::string_view{block.data(), static_cast<std::size_t>(got)});
    at += static_cast<std::uint64_t>(got);
  }
}

}  // namespace mailspoor::index
