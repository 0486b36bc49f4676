#include "index/message/message_parser.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

#include "deliver/base/sha256.hpp"
#include "deliver/base/text.hpp"
#include "index/error.hpp"
#include "index/message/address_list.hpp"
#include "index/message/charset.hpp"
#include "index/message/gmime_handles.hpp"
#include "index/message/header_reader.hpp"
#include "index/message/octet_scan.hpp"
#include "index/track/html_reader.hpp"
#include "index/track/recon_probe.hpp"
#include "index/track/report.hpp"
#include "index/track/tracking_reader.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

constexpr std::size_t kMaxAttachments = 1'000;
constexpr std::size_t kMaxHtmlFindings = 100'000;       ///< Resources and links of all parts.
constexpr std::size_t kBlock = std::size_t{16} * 1024;  ///< On the stack.

const char* describe(GMimeParserWarning warning) {
  switch (warning) {
    case GMIME_WARN_DUPLICATED_HEADER:
      return "a header field stands twice";
    case GMIME_WARN_DUPLICATED_PARAMETER:
      return "a MIME parameter stands twice";
    case GMIME_WARN_UNENCODED_8BIT_HEADER:
      return "8-bit octets in a header field without encoding";
    case GMIME_WARN_INVALID_CONTENT_TYPE:
      return "invalid Content-Type";
    case GMIME_WARN_INVALID_RFC2047_HEADER_VALUE:
      return "invalid encoded word in a header field";
    case GMIME_WARN_MALFORMED_MULTIPART:
      return "malformed multipart";
    case GMIME_WARN_TRUNCATED_MESSAGE:
      return "the message ends before its last boundary";
    case GMIME_WARN_MALFORMED_MESSAGE:
      return "malformed message";
    case GMIME_CRIT_INVALID_HEADER_NAME:
      return "invalid header field name";
    case GMIME_CRIT_CONFLICTING_HEADER:
      return "a header field stands twice with different content";
    case GMIME_CRIT_CONFLICTING_PARAMETER:
      return "a MIME parameter stands twice with different content";
    case GMIME_CRIT_MULTIPART_WITHOUT_BOUNDARY:
      return "multipart without a boundary";
    case GMIME_WARN_INVALID_PARAMETER:
      return "invalid MIME parameter";
    case GMIME_WARN_INVALID_ADDRESS_LIST:
      return "invalid address list";
    case GMIME_CRIT_NESTING_OVERFLOW:
      return "nested too deeply";
    case GMIME_WARN_PART_WITHOUT_CONTENT:
      return "a MIME part without content";
    case GMIME_CRIT_PART_WITHOUT_HEADERS_OR_CONTENT:
      return "an empty MIME part";
    default:
      return "malformed MIME";
  }
}

void on_warning(gint64, GMimeParserWarning warning, const gchar*, gpointer message) {
  // Trace fields and many others stand twice by right; which doubles matter is judged by read_header().
  if (warning == GMIME_WARN_DUPLICATED_HEADER || warning == GMIME_CRIT_CONFLICTING_HEADER) return;
  static_cast<MessageObject*>(message)->add_defect(describe(warning));
}

/// The fields of a header section that tell the structure of the message: GMime need not look at the others.
std::string structure_of(const HeaderSection& section) {
  std::string fields;
  for (const auto& field : section.fields) {
    if (!base::starts_with_ignoring_case(field.name, "Content-") &&
        !equal_ignoring_case(field.name, "MIME-Version"))
      continue;
    fields.append(field.name.data(), field.body.data() + field.body.size());
    fields += "\r\n";
  }
  return fields;
}

/// The octets that octet_scan.hpp lets through, as one stream over the file.
GObjectPtr<GMimeStream> stream_of(int fd, const OctetFacts& facts, const HeaderSection& section) {
  const int own_fd = ::dup(fd);
  if (own_fd < 0) throw DatabaseError{std::string{"cannot read a message: "} + std::strerror(errno)};
  GObjectPtr<GMimeStream> file{g_mime_stream_fs_new(own_fd)};
  GObjectPtr<GMimeStream> joined{g_mime_stream_cat_new()};
  const auto add = [&](GObjectPtr<GMimeStream> piece) {
    g_mime_stream_cat_add_source(GMIME_STREAM_CAT(joined.get()), piece.get());
  };
  std::uint64_t begin = 0;
  // Where a line is no field, GMime has its own opinion of what the section's end is.
  if (!section.has_stray_lines && !section.is_cut) {
    const auto fields = structure_of(section);
    add(GObjectPtr<GMimeStream>{g_mime_stream_mem_new_with_buffer(fields.data(), fields.size())});
    begin = facts.body_offset;
  }
  for (const auto& span : facts.kept) {
    const auto first = std::max(span.begin, begin);
    if (span.end <= first) continue;
    add(GObjectPtr<GMimeStream>{
        g_mime_stream_substream(file.get(), static_cast<gint64>(first), static_cast<gint64>(span.end))});
  }
  return joined;
}

/// Takes the blanks off the ends of lines, block by block.
class BlankStripper {
 public:
  /// What of the text up to this block's end is certain to stay; good until the next one.
  const std::string& stripped(std::string_view block) {
    pending_ += block;
    const std::string_view text{pending_};
    lines_.clear();
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', begin)) {
      const auto [words, blanks] = parts_of(text.substr(begin, end - begin));
      lines_ += words;
      lines_ += blanks.ends_with('\r') ? "\r\n" : "\n";
      begin = end + 1;
    }
    const auto [words, blanks] = parts_of(text.substr(begin));
    lines_ += words;
    if (blanks.size() > kMaxBlanks) lines_ += blanks;
    pending_ = blanks.size() > kMaxBlanks ? std::string{} : std::string{blanks};
    return lines_;
  }

 private:
  /// More are no blanks that a server added; a limit, since they are read again with every block.
  static constexpr std::size_t kMaxBlanks = std::size_t{64} * 1024;

  /// A line's words, and the blanks and the CR behind them.
  static std::pair<std::string_view, std::string_view> parts_of(std::string_view line) {
    auto size = line.size();
    if (size > 0 && line[size - 1] == '\r') --size;
    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\t')) --size;
    return {line.substr(0, size), line.substr(size)};
  }

  std::string pending_;
  std::string lines_;
};

/// Walks the MIME tree without recursion and takes texts, what HTML loads, and attachments.
class PartReader {
 public:
  explicit PartReader(MessageObject& message) : message_{message} {}

  void read(GMimeMessage* root) {
    if (auto* top = g_mime_message_get_mime_part(root)) {
      take_report(top);
      to_visit_.push_back({top, false, false, false});
    }
    while (!to_visit_.empty()) {
      const auto next = to_visit_.back();
      to_visit_.pop_back();
      visit(next);
    }
  }

  /// What the HTML that is displayed loads and links to, part by part; their texts are those of the message.
  const std::vector<HtmlReading>& html() const noexcept { return html_; }
  /// The URLs of which the message itself holds what they name.
  const std::vector<std::string>& locations() const noexcept { return locations_; }

 private:
  struct Visit {
    GMimeObject* object;
    bool is_alternative;
    bool is_attached;  ///< It, or what holds it, is said to be an attachment.
    bool is_related;   ///< It stands in a multipart/related.
  };

  void visit(const Visit& visited) {
    auto* object = visited.object;
    const bool is_attached = visited.is_attached || is_attachment(object);
    if (GMIME_IS_MULTIPART(object)) {
      auto* multipart = GMIME_MULTIPART(object);
      const bool offers_choice =
          g_mime_content_type_is_type(g_mime_object_get_content_type(object), "multipart", "alternative");
      const bool is_related = is_of_type(object, "multipart", "related");
      for (int index = g_mime_multipart_get_count(multipart); index-- > 0;) {
        if (auto* part = g_mime_multipart_get_part(multipart, index)) {
          to_visit_.push_back(
              {part, visited.is_alternative || (offers_choice && index > 0), is_attached, is_related});
        }
      }
    } else if (GMIME_IS_MESSAGE_PART(object)) {
      if (is_named(object)) take_attachment(object);
      auto* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
      auto* part = inner != nullptr ? g_mime_message_get_mime_part(inner) : nullptr;
      if (part != nullptr) to_visit_.push_back({part, false, is_attached, false});
    } else if (is_text(object)) {
      take_text(object, visited.is_alternative, is_attached);
    } else if (is_named(object) || !is_report_field_group(object)) {
      if (visited.is_related) take_location(object);
      if (is_html(object) && !is_attached) take_html_with_a_name(object);
      take_attachment(object);
    }
  }

  /// The URL by which texts beside it name a part (RFC 2557).
  void take_location(GMimeObject* object) {
    const char* location =
        GMIME_IS_PART(object) ? g_mime_part_get_content_location(GMIME_PART(object)) : nullptr;
    if (location != nullptr && locations_.size() < kMaxAttachments) locations_.emplace_back(location);
  }

  static bool is_of_type(GMimeObject* object, const char* type, const char* subtype) {
    return g_mime_content_type_is_type(g_mime_object_get_content_type(object), type, subtype);
  }

  /// What a multipart/report tells programs (RFC 6522). Mailing lists put it into a multipart of their own.
  void take_report(GMimeObject* top) {
    constexpr int kMaxWraps = 3;
    for (int depth = 0; depth < kMaxWraps && top != nullptr && GMIME_IS_MULTIPART(top); ++depth) {
      auto* multipart = GMIME_MULTIPART(top);
      const int count = g_mime_multipart_get_count(multipart);
      const bool is_report = is_of_type(top, "multipart", "report");
      for (int index = 0; is_report && index < count && !message_.tracking.report; ++index) {
        if (auto* part = g_mime_multipart_get_part(multipart, index)) take_report_part(part);
      }
      top = count > 0 ? g_mime_multipart_get_part(multipart, 0) : nullptr;
    }
  }

  /// Those of RFC 3464 and 8098, and their forms for addresses in UTF-8 (RFC 6533).
  void take_report_part(GMimeObject* part) {
    const bool is_disposition = is_of_type(part, "message", "disposition-notification") ||
                                is_of_type(part, "message", "global-disposition-notification");
    const bool is_delivery = is_of_type(part, "message", "delivery-status") ||
                             is_of_type(part, "message", "global-delivery-status");
    if (!GMIME_IS_PART(part) || (!is_disposition && !is_delivery)) return;
    constexpr std::size_t kMaxReportOctets = std::size_t{1} << 20U;
    std::string octets;
    read_decoded(GMIME_PART(part), [&](std::string_view block) {
      octets += block.substr(0, kMaxReportOctets - octets.size());
      return octets.size() < kMaxReportOctets;
    });
    if (octets.size() >= kMaxReportOctets)
      message_.add_defect("more than 1 MiB of report: the rest was not read");
    if (is_disposition) {
      message_.tracking.report = read_disposition_report(octets);
    } else {
      message_.tracking.report = read_delivery_report(octets);
    }
  }

  static bool is_attachment(GMimeObject* object) {
    const char* disposition = g_mime_object_get_disposition(object);
    return disposition != nullptr && equal_ignoring_case(disposition, "attachment");
  }

  static bool is_named(GMimeObject* object) { return is_attachment(object) || !filename(object).empty(); }

  /// With the form of HTML that AMP mails carry beside the usual one.
  static bool is_html(GMimeObject* object) {
    auto* type = g_mime_object_get_content_type(object);
    return GMIME_IS_PART(object) && (g_mime_content_type_is_type(type, "text", "html") ||
                                     g_mime_content_type_is_type(type, "text", "x-amp-html"));
  }

  static bool is_text(GMimeObject* object) {
    auto* type = g_mime_object_get_content_type(object);
    return GMIME_IS_PART(object) && !is_named(object) &&
           (is_html(object) || g_mime_content_type_is_type(type, "text", "plain") ||
            g_mime_content_type_is_type(type, "text", "enriched"));
  }

  /// Parts of a report that only programs read (RFC 3464, 8098, 5965), and the returned header section.
  static bool is_report_field_group(GMimeObject* object) {
    auto* type = g_mime_object_get_content_type(object);
    return g_mime_content_type_is_type(type, "message", "*") ||
           g_mime_content_type_is_type(type, "text", "rfc822-headers");
  }

  static std::string filename(GMimeObject* object) {
    const char* name = g_mime_object_get_content_disposition_parameter(object, "filename");
    if (name == nullptr) name = g_mime_object_get_content_type_parameter(object, "name");
    return name != nullptr ? base::to_valid_utf8(name) : std::string{};
  }

  static std::string media_type(GMimeObject* object) {
    const GString type{g_mime_content_type_get_mime_type(g_mime_object_get_content_type(object))};
    return base::to_lower(base::to_valid_utf8(type ? type.get() : "application/octet-stream"));
  }

  /// GMime's decoder keeps the blanks that were added to lines on the way, and behind a `=` undoes no line
  /// break: they go first (RFC 2045 §6.7, rule 3).
  template <typename Take>
  static void read_quoted_printable(GMimeStream* stored, Take take) {
    GMimeEncoding decoder;
    g_mime_encoding_init_decode(&decoder, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    BlankStripper stripper;
    std::array<char, kBlock> block;
    std::string decoded;
    while (true) {
      const auto got = g_mime_stream_read(stored, block.data(), block.size());
      if (got <= 0) return;
      const auto& lines = stripper.stripped({block.data(), static_cast<std::size_t>(got)});
      decoded.resize(g_mime_encoding_outlen(&decoder, lines.size()));
      const auto size = g_mime_encoding_step(&decoder, lines.data(), lines.size(), decoded.data());
      if (!take(std::string_view{decoded}.substr(0, size))) return;
    }
  }

  /// Gives the decoded octets of a part to `take` in blocks until it returns false.
  template <typename Take>
  static void read_decoded(GMimePart* part, Take take) {
    auto* content = g_mime_part_get_content(part);
    if (content == nullptr) return;
    auto* stored = g_mime_data_wrapper_get_stream(content);
    g_mime_stream_reset(stored);
    const auto encoding = g_mime_data_wrapper_get_encoding(content);
    if (encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) {
      read_quoted_printable(stored, take);
      return;
    }
    const GObjectPtr<GMimeStream> decoding{g_mime_stream_filter_new(stored)};
    if (encoding == GMIME_CONTENT_ENCODING_BASE64 || encoding == GMIME_CONTENT_ENCODING_UUENCODE) {
      const GObjectPtr<GMimeFilter> filter{g_mime_filter_basic_new(encoding, FALSE)};
      g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoding.get()), filter.get());
    }
    std::array<char, kBlock> block;
    while (true) {
      const auto got = g_mime_stream_read(decoding.get(), block.data(), block.size());
      if (got <= 0 || !take(std::string_view{block.data(), static_cast<std::size_t>(got)})) return;
    }
  }

  /// The text of a part in UTF-8; nullopt once the message has had its share.
  std::optional<std::string> text_of(GMimeObject* object) {
    if (text_octets_ >= kMaxTextOctets) {
      message_.add_defect("more than 16 MiB of text: the rest was not read");
      return std::nullopt;
    }
    const auto budget = kMaxTextOctets - text_octets_;
    std::string octets;
    read_decoded(GMIME_PART(object), [&](std::string_view block) {
      octets += block.substr(0, budget - octets.size());
      return octets.size() < budget;
    });
    text_octets_ += octets.size();
    if (text_octets_ >= kMaxTextOctets)
      message_.add_defect("more than 16 MiB of text: the rest was not read");
    auto* type = g_mime_object_get_content_type(object);
    const char* charset = g_mime_content_type_get_parameter(type, "charset");
    auto decoded = decode_charset(octets, charset != nullptr ? charset : "");
    if (decoded.is_charset_unknown) {
      message_.add_defect("unknown charset " + base::printable(std::string_view{charset}.substr(0, 60)));
    }
    if (decoded.has_bad_octets) message_.add_defect("octets that do not belong to the charset of a text");
    return std::move(decoded.utf8);
  }

  void take_text(GMimeObject* object, bool is_alternative, bool is_attached) {
    auto text = text_of(object);
    if (!text) return;
    TextPart part{media_type(object), {}, is_alternative};
    if (is_html(object)) {
      auto reading = read_html(*text, kMaxTextOctets);
      part.text = std::move(reading.text);
      if (!is_attached) keep(std::move(reading));
    } else {
      part.text = std::move(*text);
    }
    message_.texts.push_back(std::move(part));
  }

  /// Displayed like any other unless it says that it is an attachment; listed as one for its name.
  void take_html_with_a_name(GMimeObject* object) {
    if (const auto text = text_of(object)) keep(read_html(*text, 0));
  }

  void keep(HtmlReading reading) {
    for (auto& defect : reading.defects) message_.add_defect(std::move(defect));
    const auto findings = reading.resources.size() + reading.links.size();
    if (findings > kMaxHtmlFindings - html_findings_) {
      message_.add_defect("more than 100,000 resources and links in HTML: the rest was not read");
      return;
    }
    html_findings_ += findings;
    html_.push_back(std::move(reading));
  }

  void take_attachment(GMimeObject* object) {
    if (message_.attachments.size() >= kMaxAttachments) {
      message_.add_defect("more than 1,000 attachments: the rest was not read");
      return;
    }
    Attachment attachment;
    if (auto name = filename(object); !name.empty()) attachment.filename = std::move(name);
    attachment.media_type = media_type(object);
    base::Sha256 hash;
    const auto add = [&](std::string_view block) {
      hash.update(block);
      attachment.size += block.size();
      return true;
    };
    if (GMIME_IS_PART(object)) {
      read_decoded(GMIME_PART(object), add);
    } else if (GMIME_IS_MESSAGE_PART(object)) {
      read_message(g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)), add);
    }
    attachment.sha256 = base::to_hex(hash.finish());
    message_.attachments.push_back(std::move(attachment));
  }

  /// A message inside a message has no encoding of its own; GMime gives its octets back as they came.
  template <typename Take>
  void read_message(GMimeMessage* inner, Take take) {
    if (inner == nullptr) return;
    std::FILE* file = std::tmpfile();
    if (file == nullptr)
      throw DatabaseError{std::string{"cannot make a temporary file: "} + std::strerror(errno)};
    const GObjectPtr<GMimeStream> copy{g_mime_stream_file_new(file)};  // owns and closes the file
    g_mime_object_write_to_stream(GMIME_OBJECT(inner), nullptr, copy.get());
    g_mime_stream_reset(copy.get());
    std::array<char, kBlock> block;
    for (ssize_t got = 0; (got = g_mime_stream_read(copy.get(), block.data(), block.size())) > 0;) {
      take(std::string_view{block.data(), static_cast<std::size_t>(got)});
    }
  }

  MessageObject& message_;
  std::vector<Visit> to_visit_;
  std::size_t text_octets_ = 0;
  std::vector<HtmlReading> html_;
  std::vector<std::string> locations_;
  std::size_t html_findings_ = 0;
};

/// Whose addresses the URLs of a message may tell.
std::vector<std::string> recipients_of(const MessageSummary& summary, std::span<const HeaderField> fields,
                                       const TraceContext& context) {
  auto recipients = context.own_addresses();
  for (auto& address : envelope_recipients(fields)) recipients.push_back(std::move(address));
  for (const auto* list : {&summary.to, &summary.cc}) {
    for (const auto& address : *list) recipients.push_back(address.addr_spec);
  }
  return recipients;
}

void set_tracking(MessageObject& message, Tracking tracking) {
  auto report = std::move(message.tracking.report);
  message.tracking = std::move(tracking);
  message.tracking.report = std::move(report);
  for (auto& defect : message.tracking.defects) message.add_defect(std::move(defect));
  message.tracking.defects.clear();
  if (auto probe = recon_probe(message)) message.findings.push_back(std::move(*probe));
}

}  // namespace

MessageObject parse_message(int fd, const std::string& path, const TraceContext& context) {
  start_gmime();
  auto facts = scan_octets(fd, path);
  MessageObject message;
  message.summary.id = base::to_hex(facts.id);
  message.summary.sha256 = base::to_hex(facts.sha256);
  message.summary.size = facts.size;
  message.summary.paths.push_back(path);
  message.header_section = std::move(facts.header_section);
  message.header_offset = facts.header_offset;
  message.defects = std::move(facts.defects);

  const auto section = read_header(message, context);

  const auto stream = stream_of(fd, facts, section);
  const GObjectPtr<GMimeParser> parser{g_mime_parser_new_with_stream(stream.get())};
  g_mime_parser_set_persist_stream(parser.get(), TRUE);
  const auto warned_options = parser_options();
  g_mime_parser_options_set_warning_callback(warned_options.get(), on_warning, &message);
  const GObjectPtr<GMimeMessage> parsed{g_mime_parser_construct_message(parser.get(), warned_options.get())};
  if (parsed) {
    PartReader parts{message};
    parts.read(parsed.get());
    const auto recipients = recipients_of(message.summary, section.fields, context);
    auto tracking = read_tracking(
        {section.fields, parts.html(), message.texts, recipients, parts.locations()}, context.trackers);
    tracking.has_little_text = has_little_text(message.texts);
    set_tracking(message, std::move(tracking));
  } else {
    message.add_defect("nothing in it can be read as a message");
  }
  return message;
}

MessageObject judge_again(std::string header_section, TrackedContent content, const TraceContext& context) {
  MessageObject message;
  message.header_section = std::move(header_section);
  const auto section = read_header(message, context);
  const auto recipients = recipients_of(message.summary, section.fields, context);
  set_tracking(message, judge_tracking(std::move(content), section.fields, recipients, context.trackers));
  return message;
}

}  // namespace mailspoor::index
