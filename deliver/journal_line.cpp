#include "deliver/journal_line.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "deliver/base/json_writer.hpp"

// mailspoor.journal: JSON lines, only ever appended to, one object a line, each ended by LF.
//
//     {"event":"stored","uid_validity":1,"uid":2,"file":"1700000000.M1P2Q3R0123456789abcdef.host,S=9,V=1,U=2",
//      "flags":["\\Seen"],"internal_date":"05-Mar-2024 10:00:02 +0000","announced_size":9,"sha256":"...",
//      "time":"2024-03-05T10:00:02Z"}                            (one line; announced_size may be null)
//     ... ,"email_id":"M6d99ac3275bb4e"}                          and
//     ,"gm_msgid":1,"gm_thrid":1,"gm_labels":["\\\\Inbox"]} where the server tells them
//     ... ,"former":{"uid_validity":1,"uid":2,"file":"1700000000.M1...,U=2"}}     at the end of such a line:
//     that placement is this one now
//     ... ,"uidl":"whqtswO00WBw418f9t5JxYwZ"}    at the very end where the message came by POP3
//     {"event":"absent","uid_validity":1,"uids":"3:5,9"}
//     {"event":"hole","uid_validity":1,"uid":7,"reason":"...","time":"2024-03-05T10:00:02Z"}
//     ... ,"uidl":"whqtswO00WBw418f9t5JxYwZ","uidl_hash":"0123456789abcdef"}    with POP3
//     {"event":"accepted","uid_validity":1,"uids":"7","time":"2024-03-06T10:00:02Z"}
//     {"event":"flags","uid_validity":1,"uid":2,"file":"1700000000.M1...,U=2","flags":["\\Seen"],"time":"..."}
//     {"event":"labels","uid_validity":1,"uid":2,"file":"1700000000.M1...,U=2","gm_labels":["Work"],"time":"..."}
//     {"event":"gone","uid_validity":1,"uid":2,"file":"1700000000.M1...,U=2","sha256":"...",
//      "last_seen":"2024-03-05T10:00:02Z","first_missed":"2024-03-06T10:00:02Z"}       (one line)
//     {"event":"deleted","uid_validity":1,"uid":2,"file":"1700000000.M1...,I=...","sha256":"...","time":"..."}
//     {"event":"relisted","uid_validity":1,"uid":2,"uidl_hash":"0123456789abcdef","announced_size":11,
//      "time":"..."}               (one line; announced_size may be null): what UIDL and LIST say of it now
//     {"event":"synced","uid_validity":1,"uid_next":10,"messages":9,"unseen":0,"highest_modseq":null,
//      "time":"...","compared":"..."}                                                  (one line)
//     {"event":"renamed","from":"Old","from_folder":".Old","to":"New/Name","time":"..."}
//     {"event":"unlisted","time":"..."}    and {"event":"listed","time":"..."}
//     {"event":"delivered","sha256":"...","file":"1700000000.M1P2Q3R0123456789abcdef.host,S=9",
//      "sender":"a@example.org","recipients":["b@example.org"],"time":"..."}      (one line; sender may be
//      null)
//     {"event":"redelivered", ... the same}      the octets and the envelope came again: the file is that of
//     then
//     {"event":"commit","lines":3}
//
// The lines of a batch are written and synced, then its files become visible, then comes its `commit`. **A
// line counts once a `commit` behind it covers it**: that of N lines covers the N lines before it, whatever
// they are; empty lines do not count. Lines that a later `commit` has passed by without covering them are
// dead: their batch was cut short, and whoever opened the store next repeated what the disk still held of it.
// Lines of deliveries count at once and are not counted by `commit`: they may stand anywhere between the
// others.
//
// What follows the last LF is an append that was cut short: readers leave it, and the next append begins with
// LF. A line that is no JSON object with an `event` is skipped and reported. Readers skip events and members
// that they do not know.
namespace mailspoor::deliver {
namespace {

using nlohmann::json;

/// A file name that stays inside its directory and that no tool hides.
bool is_file_name(std::string_view name) noexcept {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

template <typename Event>
bool is_sound(const Event& event) noexcept {
  return event.uid != 0 && is_file_name(event.file);
}

/// Takes what it is told to expect off the front of a line; once that is not there, nothing else is either.
class Scanner {
 public:
  explicit Scanner(std::string_view rest) : rest_{rest} {}
  bool is_done() const noexcept { return is_good_ && rest_.empty(); }

  bool has(char next) const noexcept { return is_good_ && rest_.starts_with(next); }
  bool starts_with(std::string_view text) const noexcept { return is_good_ && rest_.starts_with(text); }
  void literal(std::string_view text) {
    is_good_ = is_good_ && rest_.starts_with(text);
    if (is_good_) rest_.remove_prefix(text.size());
  }
  template <typename Number>
  void number(Number& value) {
    const auto* const begin = rest_.data();
    const auto read = std::from_chars(begin, begin + rest_.size(), value);
    is_good_ = is_good_ && read.ec == std::errc{} && (*begin != '0' || read.ptr == begin + 1);
    if (is_good_) rest_.remove_prefix(static_cast<std::size_t>(read.ptr - begin));
  }
  /// A string of ASCII in which nothing is escaped but `\"` and `\\`.
  void string(std::string& value) {
    literal("\"");
    value.clear();
    while (is_good_) {
      const auto plain = std::find_if(rest_.begin(), rest_.end(), [](char c) {
        return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ||
               static_cast<unsigned char>(c) >= 0x80;
      });
      const auto length = static_cast<std::size_t>(plain - rest_.begin());
      value.append(rest_.substr(0, length));
      rest_.remove_prefix(length);
      if (has('"')) return literal("\"");
      literal("\\");
      is_good_ = is_good_ && (has('"') || has('\\'));
      if (!is_good_) return;
      value += rest_.front();
      rest_.remove_prefix(1);
    }
  }

  /// What stands between the brackets of an array of such strings.
  void strings(std::vector<std::string>& values) {
    if (!has('"')) return;
    string(values.emplace_back());
    while (has(',')) {
      literal(",");
      string(values.emplace_back());
    }
  }

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

template <typename Number>
std::optional<Number> number_member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto number = found->get<std::uint64_t>();
  if (number > std::numeric_limits<Number>::max()) return std::nullopt;
  return static_cast<Number>(number);
}

std::string text_member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::optional<std::string> text_if_any(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? std::optional{found->get<std::string>()}
                                                     : std::nullopt;
}

std::vector<std::string> texts_member(const json& object, const char* name) {
  std::vector<std::string> texts;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return texts;
  for (const auto& text : *found) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

std::optional<FormerPlacement> former_member(const json& object) {
  const auto found = object.find("former");
  if (found == object.end() || !found->is_object()) return std::nullopt;
  FormerPlacement former{.uid_validity = number_member<std::uint32_t>(*found, "uid_validity").value_or(0),
                         .uid = number_member<std::uint32_t>(*found, "uid").value_or(0),
                         .file = text_member(*found, "file")};
  if (!is_sound(former)) return std::nullopt;
  return former;
}

std::optional<GmailFacts> gmail_members(const json& object) {
  const auto message = number_member<std::uint64_t>(object, "gm_msgid");
  if (message.value_or(0) == 0) return std::nullopt;
  return GmailFacts{.message = *message,
                    .thread = number_member<std::uint64_t>(object, "gm_thrid").value_or(0),
                    .labels = texts_member(object, "gm_labels")};
}

std::optional<JournalEvent> stored_event(const json& object) {
  StoredEvent stored{.uid_validity = number_member<std::uint32_t>(object, "uid_validity").value_or(0),
                     .uid = number_member<std::uint32_t>(object, "uid").value_or(0),
                     .file = text_member(object, "file"),
                     .flags = {},
                     .internal_date = text_member(object, "internal_date"),
                     .announced_size = number_member<std::uint64_t>(object, "announced_size"),
                     .sha256 = text_member(object, "sha256"),
                     .time = text_member(object, "time"),
                     .former = former_member(object),
                     .email_id = text_member(object, "email_id"),
                     .gmail = gmail_members(object),
                     .uidl = text_if_any(object, "uidl")};
  stored.flags = texts_member(object, "flags");
  if (!is_sound(stored)) return std::nullopt;
  return stored;
}

std::optional<JournalEvent> absent_event(const json& object) {
  auto uids = base::parse_sequence_set(text_member(object, "uids"));
  const auto uid_validity = number_member<std::uint32_t>(object, "uid_validity");
  if (!uids || !uid_validity) return std::nullopt;
  return AbsentEvent{.uid_validity = *uid_validity, .uids = std::move(*uids)};
}

std::optional<JournalEvent> hole_event(const json& object) {
  const auto uid_validity = number_member<std::uint32_t>(object, "uid_validity");
  const auto uid = number_member<std::uint32_t>(object, "uid");
  if (!uid_validity || uid.value_or(0) == 0) return std::nullopt;
  HoleEvent hole{.uid_validity = *uid_validity,
                 .uid = *uid,
                 .reason = text_member(object, "reason"),
                 .time = text_member(object, "time")};
  if (const auto hash = base::maildrop_hash(text_member(object, "uidl_hash")))
    hole.name = base::MaildropName{.uidl = text_member(object, "uidl"), .hash = *hash};
  return hole;
}

std::optional<JournalEvent> accepted_event(const json& object) {
  auto uids = base::parse_sequence_set(text_member(object, "uids"));
  const auto uid_validity = number_member<std::uint32_t>(object, "uid_validity");
  if (!uids || !uid_validity) return std::nullopt;
  return AcceptedEvent{
      .uid_validity = *uid_validity, .uids = std::move(*uids), .time = text_member(object, "time")};
}

std::optional<JournalEvent> flags_event(const json& object) {
  FlagsEvent flags{.uid_validity = number_member<std::uint32_t>(object, "uid_validity").value_or(0),
                   .uid = number_member<std::uint32_t>(object, "uid").value_or(0),
                   .file = text_member(object, "file"),
                   .flags = texts_member(object, "flags"),
                   .time = text_member(object, "time")};
  if (!is_sound(flags)) return std::nullopt;
  return flags;
}

std::optional<JournalEvent> labels_event(const json& object) {
  LabelsEvent labels{.uid_validity = number_member<std::uint32_t>(object, "uid_validity").value_or(0),
                     .uid = number_member<std::uint32_t>(object, "uid").value_or(0),
                     .file = text_member(object, "file"),
                     .labels = texts_member(object, "gm_labels"),
                     .time = text_member(object, "time")};
  if (!is_sound(labels)) return std::nullopt;
  return labels;
}

std::optional<JournalEvent> gone_event(const json& object) {
  GoneEvent gone{.uid_validity = number_member<std::uint32_t>(object, "uid_validity").value_or(0),
                 .uid = number_member<std::uint32_t>(object, "uid").value_or(0),
                 .file = text_member(object, "file"),
                 .sha256 = text_member(object, "sha256"),
                 .last_seen = text_member(object, "last_seen"),
                 .first_missed = text_member(object, "first_missed")};
  if (!is_sound(gone)) return std::nullopt;
  return gone;
}

std::optional<JournalEvent> deleted_event(const json& object) {
  DeletedEvent deleted{.uid_validity = number_member<std::uint32_t>(object, "uid_validity").value_or(0),
                       .uid = number_member<std::uint32_t>(object, "uid").value_or(0),
                       .file = text_member(object, "file"),
                       .sha256 = text_member(object, "sha256"),
                       .time = text_member(object, "time")};
  if (!is_sound(deleted)) return std::nullopt;
  return deleted;
}

std::optional<JournalEvent> relisted_event(const json& object) {
  const auto uid_validity = number_member<std::uint32_t>(object, "uid_validity");
  const auto uid = number_member<std::uint32_t>(object, "uid");
  const auto hash = base::maildrop_hash(text_member(object, "uidl_hash"));
  if (!uid_validity || uid.value_or(0) == 0 || !hash) return std::nullopt;
  return RelistedEvent{
      .uid_validity = *uid_validity,
      .entry = {.hash = *hash, .uid = *uid, .size = number_member<std::uint64_t>(object, "announced_size")},
      .time = text_member(object, "time")};
}

std::optional<JournalEvent> synced_event(const json& object) {
  const auto uid_validity = number_member<std::uint32_t>(object, "uid_validity");
  const auto uid_next = number_member<std::uint64_t>(object, "uid_next");
  const auto messages = number_member<std::uint64_t>(object, "messages");
  if (!uid_validity || !uid_next || !messages) return std::nullopt;
  return SyncedEvent{.uid_validity = *uid_validity,
                     .server = {.uid_next = *uid_next,
                                .messages = *messages,
                                .unseen = number_member<std::uint64_t>(object, "unseen"),
                                .highest_modseq = number_member<std::uint64_t>(object, "highest_modseq")},
                     .time = text_member(object, "time"),
                     .compared = text_member(object, "compared")};
}

std::optional<JournalEvent> renamed_event(const json& object) {
  RenamedEvent renamed{.from = text_member(object, "from"),
                       .from_folder = text_member(object, "from_folder"),
                       .to = text_member(object, "to"),
                       .time = text_member(object, "time")};
  const bool is_folder = renamed.from_folder.starts_with('.') &&
                         renamed.from_folder.find('/') == std::string::npos &&
                         renamed.from_folder.find('\0') == std::string::npos;
  if (!is_folder) return std::nullopt;
  return renamed;
}

std::optional<JournalEvent> delivered_event(const json& object, bool is_again) {
  DeliveredEvent delivered{
      .file = text_member(object, "file"),
      .sha256 = text_member(object, "sha256"),
      .envelope = {.sender = text_if_any(object, "sender"), .recipients = texts_member(object, "recipients")},
      .time = text_member(object, "time"),
      .is_again = is_again};
  if (!is_file_name(delivered.file)) return std::nullopt;
  return delivered;
}

std::optional<JournalEvent> commit_event(const json& object) {
  const auto lines = number_member<std::uint64_t>(object, "lines");
  if (!lines) return std::nullopt;
  return CommitEvent{.lines = *lines};
}

/// The line of an event that tells all flags or labels of a message.
template <typename Event>
std::string line_of_words(const char* name, const Event& event, const char* key,
                          const std::vector<std::string>& words) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", name)
      .member("uid_validity", event.uid_validity)
      .member("uid", event.uid)
      .member("file", event.file)
      .key(key)
      .begin_array();
  for (const auto& word : words) out.value(word);
  out.end_array().member("time", event.time).end_object();
  return out.take();
}

}  // namespace

std::string to_journal_line(const StoredEvent& stored) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", "stored")
      .member("uid_validity", stored.uid_validity)
      .member("uid", stored.uid)
      .member("file", stored.file)
      .key("flags")
      .begin_array();
  for (const auto& flag : stored.flags) out.value(flag);
  out.end_array()
      .member("internal_date", stored.internal_date)
      .member("announced_size", stored.announced_size)
      .member("sha256", stored.sha256)
      .member("time", stored.time);
  if (stored.former) {
    out.key("former")
        .begin_object()
        .member("uid_validity", stored.former->uid_validity)
        .member("uid", stored.former->uid)
        .member("file", stored.former->file)
        .end_object();
  }
  if (!stored.email_id.empty()) out.member("email_id", stored.email_id);
  if (stored.gmail) {
    out.member("gm_msgid", stored.gmail->message)
        .member("gm_thrid", stored.gmail->thread)
        .key("gm_labels")
        .begin_array();
    for (const auto& label : stored.gmail->labels) out.value(label);
    out.end_array();
  }
  if (stored.uidl) out.member("uidl", *stored.uidl);
  out.end_object();
  return out.take();
}

std::string server_id(const std::string& email_id, const std::optional<GmailFacts>& gmail) {
  if (gmail) return "gmail " + std::to_string(gmail->message);
  return email_id.empty() ? std::string{} : "email " + email_id;
}

std::string to_journal_line(const AbsentEvent& absent) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", "absent")
      .member("uid_validity", absent.uid_validity)
      .member("uids", base::to_sequence_set(absent.uids))
      .end_object();
  return out.take();
}

std::string to_journal_line(const HoleEvent& hole) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", "hole")
      .member("uid_validity", hole.uid_validity)
      .member("uid", hole.uid)
      .member("reason", hole.reason)
      .member("time", hole.time);
  if (hole.name) out.member("uidl", hole.name->uidl).member("uidl_hash", base::to_hex(hole.name->hash));
  out.end_object();
  return out.take();
}

std::string to_journal_line(const AcceptedEvent& accepted) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", "accepted")
      .member("uid_validity", accepted.uid_validity)
      .member("uids", base::to_sequence_set(accepted.uids))
      .member("time", accepted.time)
      .end_object();
  return out.take();
}

std::string to_journal_line(const FlagsEvent& flags) {
  return line_of_words("flags", flags, "flags", flags.flags);
}

std::string to_journal_line(const LabelsEvent& labels) {
  return line_of_words("labels", labels, "gm_labels", labels.labels);
}

std::string to_journal_line(const GoneEvent& gone) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", "gone")
      .member("uid_validity", gone.uid_validity)
      .member("uid", gone.uid)
      .member("file", gone.file)
      .member("sha256", gone.sha256)
      .member("last_seen", gone.last_seen)
      .member("first_missed", gone.first_missed)
      .end_object();
  return out.take();
}

std::string to_journal_line(const DeletedEvent& deleted) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", "deleted")
      .member("uid_validity", deleted.uid_validity)
      .member("uid", deleted.uid)
      .member("file", deleted.file)
      .member("sha256", deleted.sha256)
      .member("time", deleted.time)
      .end_object();
  return out.take();
}

std::string to_journal_line(const RelistedEvent& relisted) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", "relisted")
      .member("uid_validity", relisted.uid_validity)
      .member("uid", relisted.entry.uid)
      .member("uidl_hash", base::to_hex(relisted.entry.hash))
      .member("announced_size", relisted.entry.size)
      .member("time", relisted.time)
      .end_object();
  return out.take();
}

std::string to_journal_line(const SyncedEvent& synced) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", "synced")
      .member("uid_validity", synced.uid_validity)
      .member("uid_next", synced.server.uid_next)
      .member("messages", synced.server.messages)
      .member("unseen", synced.server.unseen)
      .member("highest_modseq", synced.server.highest_modseq)
      .member("time", synced.time)
      .member("compared", synced.compared)
      .end_object();
  return out.take();
}

std::string to_journal_line(const RenamedEvent& renamed) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", "renamed")
      .member("from", renamed.from)
      .member("from_folder", renamed.from_folder)
      .member("to", renamed.to)
      .member("time", renamed.time)
      .end_object();
  return out.take();
}

std::string to_journal_line(const UnlistedEvent& unlisted) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", unlisted.is_listed ? "listed" : "unlisted")
      .member("time", unlisted.time)
      .end_object();
  return out.take();
}

std::string delivered_line_start(std::string_view sha256) {
  base::JsonWriter out;
  out.begin_object().member("event", "delivered").member("sha256", sha256);
  return out.take();
}

std::string to_journal_line(const DeliveredEvent& delivered) {
  base::JsonWriter out;
  out.begin_object()
      .member("event", delivered.is_again ? "redelivered" : "delivered")
      .member("sha256", delivered.sha256)
      .member("file", delivered.file)
      .member("sender", delivered.envelope.sender)
      .key("recipients")
      .begin_array();
  for (const auto& recipient : delivered.envelope.recipients) out.value(recipient);
  out.end_array().member("time", delivered.time).end_object();
  return out.take();
}

std::string to_journal_line(const CommitEvent& commit) {
  base::JsonWriter out;
  out.begin_object().member("event", "commit").member("lines", commit.lines).end_object();
  return out.take();
}

// A journal of 1,000,000 `stored` lines (356 MB, -O2, warm) takes 1.1 s with this, 6.1 s with nlohmann's SAX
// parser alone.
std::optional<StoredEvent> scan_stored_line(std::string_view line) {
  Scanner in{line};
  StoredEvent stored;
  in.literal(R"({"event":"stored","uid_validity":)");
  in.number(stored.uid_validity);
  in.literal(R"(,"uid":)");
  in.number(stored.uid);
  in.literal(R"(,"file":)");
  in.string(stored.file);
  in.literal(R"(,"flags":[)");
  in.strings(stored.flags);
  in.literal(R"(],"internal_date":)");
  in.string(stored.internal_date);
  in.literal(R"(,"announced_size":)");
  if (in.has('n')) {
    in.literal("null");
  } else {
    in.number(stored.announced_size.emplace());
  }
  in.literal(R"(,"sha256":)");
  in.string(stored.sha256);
  in.literal(R"(,"time":)");
  in.string(stored.time);
  if (in.starts_with(R"(,"former":)")) {
    auto& former = stored.former.emplace();
    in.literal(R"(,"former":{"uid_validity":)");
    in.number(former.uid_validity);
    in.literal(R"(,"uid":)");
    in.number(former.uid);
    in.literal(R"(,"file":)");
    in.string(former.file);
    in.literal("}");
    if (!is_sound(former)) return std::nullopt;
  }
  if (in.starts_with(R"(,"email_id":)")) {
    in.literal(R"(,"email_id":)");
    in.string(stored.email_id);
  }
  if (in.starts_with(R"(,"gm_msgid":)")) {
    auto& gmail = stored.gmail.emplace();
    in.literal(R"(,"gm_msgid":)");
    in.number(gmail.message);
    in.literal(R"(,"gm_thrid":)");
    in.number(gmail.thread);
    in.literal(R"(,"gm_labels":[)");
    in.strings(gmail.labels);
    in.literal("]");
    if (gmail.message == 0) return std::nullopt;
  }
  if (in.starts_with(R"(,"uidl":)")) {
    in.literal(R"(,"uidl":)");
    in.string(stored.uidl.emplace());
  }
  in.literal("}");
  if (!in.is_done() || !is_sound(stored)) return std::nullopt;
  return stored;
}

std::optional<JournalEvent> parse_any_line(std::string_view line) {
  const auto object = json::parse(line, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto event = text_member(object, "event");
  if (event.empty()) return std::nullopt;
  if (event == "stored") return stored_event(object);
  if (event == "absent") return absent_event(object);
  if (event == "hole") return hole_event(object);
  if (event == "accepted") return accepted_event(object);
  if (event == "flags") return flags_event(object);
  if (event == "labels") return labels_event(object);
  if (event == "gone") return gone_event(object);
  if (event == "deleted") return deleted_event(object);
  if (event == "relisted") return relisted_event(object);
  if (event == "synced") return synced_event(object);
  if (event == "renamed") return renamed_event(object);
  if (event == "listed" || event == "unlisted")
    return UnlistedEvent{.is_listed = event == "listed", .time = text_member(object, "time")};
  if (event == "delivered" || event == "redelivered") return delivered_event(object, event == "redelivered");
  if (event == "commit") return commit_event(object);
  return OtherEvent{.name = event};
}

std::optional<JournalEvent> parse_journal_line(std::string_view line) {
  if (auto stored = scan_stored_line(line)) return JournalEvent{std::move(*stored)};
  return parse_any_line(line);
}

}  // namespace mailspoor::deliver
