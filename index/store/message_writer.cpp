#include "index/store/message_writer.hpp"

#include <fmt/format.h>

#include <tuple>

#include "deliver/base/hex.hpp"
#include "index/query/words.hpp"

namespace mailspoor::index {
namespace {

constexpr std::string_view kFindMessage = "SELECT message FROM message WHERE id = ?1";
constexpr std::string_view kInsertMessage = R"sql(
  INSERT INTO message (id, sha256, size, message_id, subject, date, date_offset_minutes, return_path, user_agent, sort_date,
    origin_ip, origin_hop, origin_evidence, origin_trust, origin_kind, origin_provider, first_untrusted_ip,
    country, country_basis, asn, as_name, asn_basis, city, latitude, longitude, accuracy_km, city_basis,
    client_program, client_version, client_platform, list_id, read_receipt, one_click, has_little_text,
    basis)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,
    ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35))sql";
constexpr std::string_view kInsertHeaderSection =
    "INSERT INTO header_section (message, octets) VALUES (?1, ?2)";
constexpr std::string_view kFindFirstAccount =
    "SELECT min(account) FROM placement JOIN mailbox USING (mailbox) WHERE message = ?1";
constexpr std::string_view kInsertAddress = R"sql(
  INSERT INTO address (message, field, position, display_name, addr_spec) VALUES (?1, ?2, ?3, ?4, ?5))sql";
constexpr std::string_view kInsertReference =
    "INSERT OR IGNORE INTO reference (message, message_id) VALUES (?1, ?2)";
constexpr std::string_view kInsertAttachment = R"sql(
  INSERT INTO attachment (message, position, filename, media_type, size, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6))sql";
constexpr std::string_view kInsertDefect = "INSERT INTO defect (message, position, text) VALUES (?1, ?2, ?3)";
constexpr std::string_view kInsertDocument = R"sql(
  INSERT INTO document (document, subject, author, sender, recipient, cc, bcc, reply_to, body, attachment)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))sql";
constexpr std::string_view kInsertWords = R"sql(
  INSERT INTO document_words (rowid, subject, author, sender, recipient, cc, bcc, reply_to, body, attachment)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))sql";
// No ON CONFLICT DO UPDATE: it opens a savepoint, at which FTS5 writes what it has gathered of the full-text
// index as a segment of its own. With one for each message that took a third of the time.
constexpr std::string_view kInsertMailbox =
    "INSERT INTO mailbox (folder, account, name, name_raw, special_use) VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr std::string_view kFindMailbox = "SELECT mailbox FROM mailbox WHERE folder = ?1";
constexpr std::string_view kUpdateMailbox =
    "UPDATE mailbox SET name = ?2, name_raw = ?3, special_use = ?4 WHERE mailbox = ?1";
constexpr std::string_view kUpdateJournal = "UPDATE mailbox SET journal_octets = ?2 WHERE mailbox = ?1";
constexpr std::string_view kInsertPlacement = R"sql(
  INSERT INTO placement (message, mailbox, unique_name, uid_validity, uid, flags, internal_date, internal_date_raw,
    gone_last_seen, gone_first_missed, failure, uidl, delivered, envelope_sender)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14))sql";
constexpr std::string_view kFindPlacement =
    "SELECT placement FROM placement WHERE mailbox = ?1 AND unique_name = ?2";
constexpr std::string_view kUpdatePlacement = R"sql(
  UPDATE placement SET message = ?1, uid_validity = ?4, uid = ?5, flags = ?6, internal_date = coalesce(?7, internal_date),
    internal_date_raw = coalesce(?8, internal_date_raw), gone_last_seen = ?9, gone_first_missed = ?10, failure = ?11,
    uidl = ?12, delivered = ?13, envelope_sender = ?14
  WHERE mailbox = ?2 AND unique_name = ?3)sql";
constexpr std::string_view kInsertRecipient = R"sql(
  INSERT INTO envelope_recipient (placement, position, addr_spec)
  SELECT placement, ?3, ?4 FROM placement WHERE mailbox = ?1 AND unique_name = ?2)sql";
constexpr std::string_view kRemoveRecipients = R"sql(
  DELETE FROM envelope_recipient
  WHERE placement = (SELECT placement FROM placement WHERE mailbox = ?1 AND unique_name = ?2))sql";
constexpr std::string_view kFindOctets = "SELECT message FROM message WHERE sha256 = ?1";
constexpr std::string_view kUpdateFlags =
    "UPDATE placement SET flags = ?3 WHERE mailbox = ?1 AND unique_name = ?2";
constexpr std::string_view kUpdateGone = R"sql(
  UPDATE placement SET gone_last_seen = ?3, gone_first_missed = ?4 WHERE mailbox = ?1 AND unique_name = ?2)sql";
constexpr std::string_view kRenameFolder = R"sql(
  UPDATE mailbox SET folder = ?2, name = ?3, name_raw = ?4, special_use = ?5 WHERE folder = ?1
    AND NOT EXISTS (SELECT 1 FROM mailbox WHERE folder = ?2))sql";
constexpr std::string_view kRenamePlacement = R"sql(
  UPDATE placement SET unique_name = ?3 WHERE mailbox = ?1 AND unique_name = ?2
    AND NOT EXISTS (SELECT 1 FROM placement WHERE mailbox = ?1 AND unique_name = ?3))sql";
constexpr std::string_view kRemovePlacement = "DELETE FROM placement WHERE mailbox = ?1 AND unique_name = ?2";
constexpr std::string_view kFindMessageOf =
    "SELECT message FROM placement WHERE mailbox = ?1 AND unique_name = ?2 AND message IS NOT NULL";
constexpr std::string_view kRenewSortDate = R"sql(
  UPDATE message SET sort_date = coalesce((SELECT min(coalesce(internal_date, delivered)) FROM placement WHERE message = ?1), 0)
  WHERE message = ?1 AND date IS NULL)sql";
/// Without a Date field the earliest arrival is the best that is known.
constexpr std::string_view kUpdateSortDate = R"sql(
  UPDATE message SET sort_date = ?2 WHERE message = ?1 AND date IS NULL AND (sort_date = 0 OR sort_date > ?2))sql";

std::string octets_of(std::string_view hex) { return base::from_hex(hex).value_or(std::string{}); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::string words_of(const std::vector<Address>& addresses) {
  std::string text;
  for (const auto& address : addresses) text += address.display_name + ' ' + address.addr_spec + '\n';
  return indexable(text);
}

/// What the full-text index takes of the body: every text, an empty line between two.
std::string body_of(const MessageObject& message) {
  std::string text;
  for (const auto& part : message.texts) text += indexable(part.text) + "\n\n";
  return text;
}

}  // namespace

DocumentText document_text(const MessageObject& message) {
  const auto& summary = message.summary;
  std::string attachments;
  for (const auto& attachment : message.attachments) attachments += attachment.filename.value_or("") + '\n';
  const std::vector<Address> sender =
      summary.sender ? std::vector<Address>{*summary.sender} : std::vector<Address>{};
  return {indexable(summary.subject.value_or("")),
          words_of(summary.from),
          words_of(sender),
          words_of(summary.to),
          words_of(summary.cc),
          words_of(summary.bcc),
          words_of(summary.reply_to),
          body_of(message),
          indexable(attachments)};
}

MessageWriter::MessageWriter(Database& db)
    : db_{db},
      find_message_{db, kFindMessage},
      insert_message_{db, kInsertMessage},
      insert_header_section_{db, kInsertHeaderSection},
      verdicts_{db},
      find_first_account_{db, kFindFirstAccount},
      insert_address_{db, kInsertAddress},
      insert_reference_{db, kInsertReference},
      insert_attachment_{db, kInsertAttachment},
      insert_defect_{db, kInsertDefect},
      insert_document_{db, kInsertDocument},
      insert_words_{db, kInsertWords},
      insert_mailbox_{db, kInsertMailbox},
      find_mailbox_{db, kFindMailbox},
      update_mailbox_{db, kUpdateMailbox},
      update_journal_{db, kUpdateJournal},
      insert_placement_{db, kInsertPlacement},
      find_placement_{db, kFindPlacement},
      update_placement_{db, kUpdatePlacement},
      insert_recipient_{db, kInsertRecipient},
      remove_recipients_{db, kRemoveRecipients},
      update_sort_date_{db, kUpdateSortDate},
      find_octets_{db, kFindOctets},
      update_flags_{db, kUpdateFlags},
      update_gone_{db, kUpdateGone},
      rename_folder_{db, kRenameFolder},
      rename_placement_{db, kRenamePlacement},
      remove_placement_{db, kRemovePlacement},
      find_message_of_{db, kFindMessageOf},
      renew_sort_date_{db, kRenewSortDate} {}

std::int64_t MessageWriter::mailbox_row(const IndexedMailbox& mailbox) {
  if (last_mailbox_ == mailbox) return last_mailbox_row_;
  const bool is_known = find_mailbox_.bind(mailbox.folder).step();
  last_mailbox_row_ = is_known ? find_mailbox_.integer(0) : 0;
  find_mailbox_.reset();
  if (is_known) {
    update_mailbox_.run(last_mailbox_row_, mailbox.name, mailbox.name_raw, mailbox.special_use);
  } else {
    insert_mailbox_.run(mailbox.folder, mailbox.account, mailbox.name, mailbox.name_raw, mailbox.special_use);
    last_mailbox_row_ = db_.last_insert_rowid();
  }
  last_mailbox_ = mailbox;
  return last_mailbox_row_;
}

void MessageWriter::rename_folder(const std::string& former_folder, const IndexedMailbox& mailbox) {
  last_mailbox_ = {};
  rename_folder_.run(former_folder, mailbox.folder, mailbox.name, mailbox.name_raw, mailbox.special_use);
}

void MessageWriter::set_journal_octets(std::int64_t mailbox, std::uint64_t octets) {
  update_journal_.run(mailbox, octets);
}

MessageWriter::Row MessageWriter::put_message(const MessageObject& message, std::string_view header_section,
                                              const DocumentText& document, const std::string& account,
                                              const VerdictBasis& judged_by) {
  const auto& summary = message.summary;
  const auto id = octets_of(summary.id);
  const auto basis = verdicts_.basis_row(account, judged_by);
  const bool is_known = find_message_.bind(Blob{id}).step();
  const auto known = find_message_.integer(0);
  find_message_.reset();
  if (is_known) {
    if (is_first_account(known, account)) verdicts_.renew(known, message, basis);
    return {known, false};
  }

  std::optional<std::int64_t> date;
  std::optional<std::int64_t> offset;
  if (summary.date) date = summary.date->unix_seconds;
  if (summary.date && summary.date->offset_minutes) offset = *summary.date->offset_minutes;
  const auto sha256 = octets_of(summary.sha256);
  insert_message_.bind(Blob{id}, Blob{sha256}, summary.size, summary.message_id, summary.subject, date,
                       offset, summary.return_path, summary.user_agent, date.value_or(0));
  bind_origin(insert_message_, 11, message.origin);
  bind_sender(message);
  const auto& tracking = message.tracking;
  const int column = 32;
  insert_message_.bind_one(column, tracking.read_receipt);
  insert_message_.bind_one(column + 1, tracking.is_one_click_unsubscribe ? 1 : 0);
  insert_message_.bind_one(column + 2, tracking.has_little_text ? 1 : 0);
  insert_message_.bind_one(column + 3, basis);
  insert_message_.run();
  const auto row = db_.last_insert_rowid();
  put_addresses(row, summary);
  for (const auto& reference : message.references) insert_reference_.run(row, reference);
  insert_header_section_.run(row, Blob{header_section});
  verdicts_.put(row, message);
  put_attachments(row, message.attachments);
  put_defects(row, message.defects);
  put_document(row, document);
  return {row, true};
}

void MessageWriter::put_placement(std::int64_t mailbox, std::optional<std::int64_t> message,
                                  const Arrival& arrival, const std::optional<std::string>& failure) {
  std::optional<std::int64_t> internal_date;
  std::optional<std::string> internal_date_raw;
  if (!arrival.internal_date_raw.empty()) {
    internal_date_raw = arrival.internal_date_raw;
    if (const auto date = parse_internal_date(arrival.internal_date_raw)) internal_date = date->unix_seconds;
  }
  const bool is_known = find_placement_.bind(mailbox, arrival.unique_name).step();
  find_placement_.reset();
  (is_known ? update_placement_ : insert_placement_)
      .run(message, mailbox, arrival.unique_name, arrival.uid_validity, arrival.uid, joined(arrival.flags),
           internal_date, internal_date_raw, arrival.gone ? arrival.gone->last_seen : std::nullopt,
           arrival.gone ? std::optional{arrival.gone->first_missed} : std::nullopt, failure, arrival.uidl,
           arrival.envelope ? std::optional{arrival.envelope->delivered} : std::nullopt,
           arrival.envelope ? arrival.envelope->sender : std::nullopt);
  if (arrival.envelope) {
    put_recipients(mailbox, arrival.unique_name, arrival.envelope->recipients);
    if (!internal_date) internal_date = arrival.envelope->delivered;  // it has no other time of arrival
  }
  if (message && internal_date) update_sort_date_.run(*message, *internal_date);
}

void MessageWriter::put_recipients(std::int64_t mailbox, const std::string& unique_name,
                                   const std::vector<std::string>& recipients) {
  remove_recipients_.run(mailbox, unique_name);
  std::int64_t position = 0;
  for (const auto& recipient : recipients) insert_recipient_.run(mailbox, unique_name, position++, recipient);
}

std::optional<std::int64_t> MessageWriter::find_octets(const std::string& sha256) {
  const auto octets = octets_of(sha256);
  const bool is_known = find_octets_.bind(Blob{octets}).step();
  const auto row = find_octets_.integer(0);
  find_octets_.reset();
  return is_known ? std::optional{row} : std::nullopt;
}

void MessageWriter::set_flags(std::int64_t mailbox, const std::string& unique_name,
                              const std::vector<std::string>& flags) {
  update_flags_.run(mailbox, unique_name, joined(flags));
}

void MessageWriter::set_gone(std::int64_t mailbox, const std::string& unique_name, const Gone& gone) {
  update_gone_.run(mailbox, unique_name, gone.last_seen, gone.first_missed);
}

std::optional<std::int64_t> MessageWriter::rename_placement(std::int64_t mailbox,
                                                            const std::string& unique_name,
                                                            const std::string& new_name) {
  rename_placement_.run(mailbox, unique_name, new_name);
  remove_placement_.run(mailbox, unique_name);  // where the other is there already
  const bool is_known = find_message_of_.bind(mailbox, new_name).step();
  const auto message = find_message_of_.integer(0);
  find_message_of_.reset();
  return is_known ? std::optional{message} : std::nullopt;
}

void MessageWriter::renew_sort_date(std::int64_t message) { renew_sort_date_.run(message); }

/// Whether the account's name stands before those of all others that hold the message.
bool MessageWriter::is_first_account(std::int64_t row, const std::string& account) {
  find_first_account_.bind(row).step();
  const bool is_first = !find_first_account_.is_null(0) && account < find_first_account_.text(0);
  find_first_account_.reset();
  return is_first;
}

void MessageWriter::bind_sender(const MessageObject& message) {
  int column = 28;
  for (const auto* value : {&message.client.program, &message.client.version, &message.client.platform,
                            &message.sender_facts.list_id})
    insert_message_.bind_one(column++, *value);
}

void MessageWriter::put_addresses(std::int64_t row, const MessageSummary& summary) {
  const auto put = [&](std::string_view field, const std::vector<Address>& addresses) {
    int position = 0;
    for (const auto& address : addresses) {
      insert_address_.run(row, field, position++, address.display_name, address.addr_spec);
    }
  };
  put("from", summary.from);
  if (summary.sender) put("sender", {*summary.sender});
  put("reply_to", summary.reply_to);
  put("to", summary.to);
  put("cc", summary.cc);
  put("bcc", summary.bcc);
}

void MessageWriter::put_attachments(std::int64_t row, const std::vector<Attachment>& attachments) {
  int position = 0;
  for (const auto& attachment : attachments) {
    const auto sha256 = octets_of(attachment.sha256);
    insert_attachment_.run(row, position++, attachment.filename, attachment.media_type, attachment.size,
                           Blob{sha256});
  }
}

void MessageWriter::put_defects(std::int64_t row, const std::vector<std::string>& defects) {
  int position = 0;
  for (const auto& defect : defects) insert_defect_.run(row, position++, defect);
}

void MessageWriter::put_document(std::int64_t row, const DocumentText& document) {
  std::apply(
      [&](const auto&... columns) {
        insert_document_.run(row, columns...);
        insert_words_.run(row, columns...);
      },
      document);
}

}  // namespace mailspoor::index
