#include "index/search.hpp"

#include <fmt/format.h>

#include <utility>

#include "deliver/base/hex.hpp"
#include "index/query/compiler.hpp"
#include "index/query/functions.hpp"
#include "index/query/parser.hpp"
#include "index/store/database.hpp"
#include "index/store/verdict_reader.hpp"
#include "index/verdict_basis.hpp"

namespace mailspoor::index {
namespace {

constexpr std::string_view kSelectMessage =
    "SELECT message, id, sha256, size, message_id, subject, date, date_offset_minutes, return_path, "
    "user_agent FROM message";
constexpr std::string_view kSelectAddresses =
    "SELECT field, display_name, addr_spec FROM address WHERE message = ?1 ORDER BY field, position";
constexpr std::string_view kSelectPlacements = R"sql(
  SELECT account, name, name_raw, folder, unique_name, uid_validity, uid, flags, internal_date, internal_date_raw,
    gone_last_seen, gone_first_missed, special_use, uidl, delivered, envelope_sender, placement
  FROM placement JOIN mailbox USING (mailbox) WHERE message = ?1 ORDER BY account, name, uid, unique_name)sql";
constexpr std::string_view kSelectRecipients =
    "SELECT addr_spec FROM envelope_recipient WHERE placement = ?1 ORDER BY position";
constexpr std::string_view kSelectAccountTotals = R"sql(
  SELECT account,
    (SELECT count(*) FROM mailbox AS m WHERE m.account = a.account),
    (SELECT count(*) FROM message WHERE message IN
      (SELECT p.message FROM placement AS p JOIN mailbox AS m USING (mailbox) WHERE m.account = a.account)),
    (SELECT coalesce(sum(size), 0) FROM message WHERE message IN
      (SELECT p.message FROM placement AS p JOIN mailbox AS m USING (mailbox) WHERE m.account = a.account)),
    (SELECT count(DISTINCT message) FROM defect WHERE message IN
      (SELECT p.message FROM placement AS p JOIN mailbox AS m USING (mailbox) WHERE m.account = a.account)),
    (SELECT count(*) FROM placement AS p JOIN mailbox AS m USING (mailbox)
      WHERE m.account = a.account AND p.failure IS NOT NULL)
  FROM (SELECT DISTINCT account FROM mailbox) AS a ORDER BY account)sql";

void bind_value(Statement& statement, int index, const SqlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    statement.bind_one(index, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    statement.bind_one(index, *text);
  } else {
    statement.bind_one(index, Blob{std::get<BlobValue>(value).octets});
  }
}

Statement prepared(Database& db, const Sql& sql) {
  auto statement = db.prepare(sql.text);
  int index = 0;
  for (const auto& value : sql.values) bind_value(statement, ++index, value);
  return statement;
}

/// `before` + sql + `behind`.
Sql around(std::string_view before, const Sql& sql, std::string_view behind) {
  return {fmt::format("{}{}{}", before, sql.text, behind), sql.values};
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::optional<std::uint32_t> maybe_uid(const Statement& statement, int column) {
  if (statement.is_null(column)) return std::nullopt;
  return static_cast<std::uint32_t>(statement.integer(column));
}

}  // namespace

class Searcher::Impl {
 public:
  explicit Impl(const std::filesystem::path& database)
      : db{database, Database::Mode::read},
        functions{db},
        select_{db, std::string{kSelectMessage} + " WHERE message = ?1"},
        addresses_{db, kSelectAddresses},
        placements_{db, kSelectPlacements},
        recipients_{db, kSelectRecipients} {}

  /// Reads a query, and counts roughly what its parts match where that decides how it is answered.
  Condition prepare(std::string_view query, const SearchOptions& options, bool wants_few) {
    auto compiled = compile(parse_query(query), QueryClock{options.now});
    functions.begin(std::move(compiled.patterns), options.time_limit);
    if (wants_few || compiled.root.kind == Condition::Kind::conjunction) {
      estimate(compiled.root, [this](const Sql& set) {
        const auto limited = around("SELECT count(*) FROM (", set, fmt::format(" LIMIT {})", kMaxEstimate));
        auto statement = prepared(db, limited);
        statement.step();
        return static_cast<std::uint64_t>(statement.integer(0));
      });
    }
    return std::move(compiled.root);
  }

  MessageSummary summary(std::int64_t message) {
    select_.bind(message);
    select_.step();
    auto found = summary(select_);
    select_.reset();
    return found;
  }

  /// The message of the row that `row` stands on, its columns those of kSelectMessage.
  MessageSummary summary(const Statement& row) {
    MessageSummary summary;
    const auto key = row.integer(0);
    summary.id = base::to_hex(row.blob(1));
    summary.sha256 = base::to_hex(row.blob(2));
    summary.size = static_cast<std::uint64_t>(row.integer(3));
    summary.message_id = row.maybe_text(4);
    summary.subject = row.maybe_text(5);
    if (const auto date = row.maybe_integer(6)) {
      summary.date = DateTime{*date, std::nullopt};
      if (const auto offset = row.maybe_integer(7)) summary.date->offset_minutes = static_cast<int>(*offset);
    }
    summary.return_path = row.maybe_text(8);
    summary.user_agent = row.maybe_text(9);
    add_addresses(key, summary);
    add_placements(key, summary);
    return summary;
  }

  Database db;
  QueryFunctions functions;

 private:
  void add_addresses(std::int64_t key, MessageSummary& summary) {
    addresses_.bind(key);
    while (addresses_.step()) {
      const auto field = addresses_.text(0);
      Address address{std::string{addresses_.text(1)}, std::string{addresses_.text(2)}};
      if (field == "from") {
        summary.from.push_back(std::move(address));
      } else if (field == "to") {
        summary.to.push_back(std::move(address));
      } else if (field == "cc") {
        summary.cc.push_back(std::move(address));
      } else if (field == "bcc") {
        summary.bcc.push_back(std::move(address));
      } else if (field == "reply_to") {
        summary.reply_to.push_back(std::move(address));
      } else {
        summary.sender = std::move(address);
      }
    }
    addresses_.reset();
  }

  void add_placements(std::int64_t key, MessageSummary& summary) {
    placements_.bind(key);
    while (placements_.step()) {
      Placement placement;
      placement.account = placements_.text(0);
      placement.mailbox = placements_.text(1);
      placement.mailbox_raw = placements_.text(2);
      placement.folder = placements_.text(3);
      placement.unique_name = placements_.text(4);
      placement.uid_validity = maybe_uid(placements_, 5);
      placement.uid = maybe_uid(placements_, 6);
      placement.flags = words_of(placements_.text(7));
      placement.internal_date = placements_.maybe_integer(8);
      placement.internal_date_raw = placements_.maybe_text(9);
      if (const auto missed = placements_.maybe_integer(11))
        placement.gone = Gone{placements_.maybe_integer(10), *missed};
      placement.special_use = placements_.maybe_text(12);
      placement.uidl = placements_.maybe_text(13);
      if (const auto delivered = placements_.maybe_integer(14)) {
        placement.envelope =
            Envelope{placements_.maybe_text(15), recipients_of(placements_.integer(16)), *delivered};
      }
      summary.placements.push_back(std::move(placement));
    }
    placements_.reset();
  }

  std::vector<std::string> recipients_of(std::int64_t placement) {
    std::vector<std::string> recipients;
    recipients_.bind(placement);
    while (recipients_.step()) recipients.emplace_back(recipients_.text(0));
    recipients_.reset();
    return recipients;
  }

  Statement select_;
  Statement addresses_;
  Statement placements_;
  Statement recipients_;
};

Searcher::Searcher(const std::filesystem::path& database) : impl_{std::make_unique<Impl>(database)} {}
Searcher::~Searcher() = default;
Searcher::Searcher(Searcher&&) noexcept = default;

bool Searcher::is_whole() { return index::is_whole(impl_->db); }

namespace {

constexpr std::uint64_t kFew = 100;

/// Newest first; the SELECT's tables end with table message as `m`.
Sql ordered(const Condition& root, const SearchOptions& options) {
  const bool wants_few = options.limit && *options.limit <= kFew;
  auto sql = select_messages(root, wants_few);
  sql += " ORDER BY m.sort_date DESC, m.id";
  if (options.limit) sql += fmt::format(" LIMIT {}", *options.limit);
  return sql;
}

}  // namespace

std::uint64_t Searcher::count(std::string_view query, const SearchOptions& options) {
  std::uint64_t found = 0;
  impl_->functions.guard([&] {
    const auto root = impl_->prepare(query, options, false);
    auto statement = prepared(impl_->db, around("SELECT count(*) FROM (", select_messages(root, false), ")"));
    statement.step();
    found = static_cast<std::uint64_t>(statement.integer(0));
  });
  return found;
}

void Searcher::search(std::string_view query, const SearchOptions& options,
                      const std::function<void(MessageSummary&)>& take) {
  impl_->functions.guard([&] {
    const auto root = impl_->prepare(query, options, options.limit && *options.limit <= kFew);
    auto statement = prepared(impl_->db, ordered(root, options));
    while (statement.step()) {
      auto summary = impl_->summary(statement.integer(0));
      impl_->functions.leave_out([&] { take(summary); });
    }
  });
}

Explanation Searcher::explain(std::string_view query, const SearchOptions& options) {
  Explanation explanation;
  impl_->functions.guard([&] {
    const auto root = impl_->prepare(query, options, true);
    const auto sql = ordered(root, options);
    explanation.tree = describe(root);
    explanation.sql = sql.text;
    auto statement = prepared(impl_->db, around("EXPLAIN QUERY PLAN ", sql, ""));
    while (statement.step()) explanation.plan.emplace_back(statement.text(3));
  });
  return explanation;
}

std::vector<std::string> Searcher::ids_with_prefix(std::string_view digits) {
  const auto low = base::from_hex(std::string{digits} + std::string(64 - digits.size(), '0'));
  const auto high = base::from_hex(std::string{digits} + std::string(64 - digits.size(), 'f'));
  std::vector<std::string> ids;
  if (!low || !high) return ids;
  auto statement =
      impl_->db.prepare("SELECT id FROM message WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 20");
  statement.bind(Blob{*low}, Blob{*high});
  while (statement.step()) ids.push_back(base::to_hex(statement.blob(0)));
  return ids;
}

std::vector<std::string> Searcher::ids_with_message_id(std::string_view message_id) {
  std::vector<std::string> ids;
  auto statement = impl_->db.prepare("SELECT id FROM message WHERE message_id = ?1 ORDER BY id");
  statement.bind(message_id);
  while (statement.step()) ids.push_back(base::to_hex(statement.blob(0)));
  return ids;
}

std::optional<MessageSummary> Searcher::message(std::string_view id) {
  const auto octets = base::from_hex(id);
  if (!octets) return std::nullopt;
  auto statement = impl_->db.prepare(std::string{kSelectMessage} + " WHERE id = ?1");
  statement.bind(Blob{*octets});
  if (!statement.step()) return std::nullopt;
  return impl_->summary(statement);
}

IndexTotals Searcher::totals() {
  auto statement = impl_->db.prepare("SELECT count(*), coalesce(sum(size), 0) FROM message");
  statement.step();
  return {static_cast<std::uint64_t>(statement.integer(0)), static_cast<std::uint64_t>(statement.integer(1)),
          schema_version(impl_->db)};
}

std::vector<AccountTotals> Searcher::account_totals() {
  std::vector<AccountTotals> totals;
  auto statement = impl_->db.prepare(kSelectAccountTotals);
  const auto number = [&](int column) { return static_cast<std::uint64_t>(statement.integer(column)); };
  while (statement.step()) {
    totals.push_back({std::string{statement.text(0)}, number(1), number(2), number(3), number(4), number(5)});
  }
  return totals;
}

std::vector<UnreadableFile> Searcher::unreadable_files() {
  std::vector<UnreadableFile> files;
  auto statement = impl_->db.prepare(R"sql(
    SELECT account, name, unique_name, failure FROM placement JOIN mailbox USING (mailbox)
    WHERE failure IS NOT NULL ORDER BY account, name, unique_name)sql");
  while (statement.step()) {
    files.push_back({std::string{statement.text(0)}, std::string{statement.text(1)},
                     std::string{statement.text(2)}, std::string{statement.text(3)}});
  }
  return files;
}

StaleVerdicts Searcher::stale_verdicts(const TraceSettings& settings,
                                       const std::vector<PlaceDatabase>& databases) {
  StaleVerdicts stale;
  for (const auto& judged : judged_messages(impl_->db)) {
    const auto basis = verdict_basis(settings.of(judged.account), databases);
    if (basis.trail != judged.basis.trail) stale.trails += judged.messages;
    if (basis.trackers != judged.basis.trackers) stale.trackers += judged.messages;
  }
  return stale;
}

std::uint64_t Searcher::journal_octets(const std::string& folder) {
  return index::journal_octets(impl_->db, folder);
}

bool Searcher::has_delivery(const std::string& folder, const std::string& unique_name) {
  return impl_->db
      .prepare(
          "SELECT 1 FROM placement JOIN mailbox USING (mailbox) WHERE folder = ?1 AND unique_name = ?2 AND "
          "delivered IS NOT NULL")
      .bind(folder, unique_name)
      .step();
}

void Searcher::for_each_file(const std::string& folder,
                             const std::function<void(std::string_view unique_name, bool is_gone)>& take) {
  auto statement = impl_->db.prepare(
      "SELECT unique_name, gone_first_missed IS NOT NULL FROM placement JOIN mailbox USING (mailbox) WHERE "
      "folder = ?1");
  statement.bind(folder);
  while (statement.step()) take(statement.text(0), statement.integer(1) != 0);
}

}  // namespace mailspoor::index
