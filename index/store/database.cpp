#include "index/store/database.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "index/store/schema_sql.hpp"
#include "index/store/search_indexes_sql.hpp"

namespace mailspoor::index {
namespace {

constexpr int kBusyMilliseconds = 30'000;
constexpr const char* kUsualCache = "PRAGMA cache_size = -32768";
/// What is sorted may be as large as the cache, so that both together are the usual one.
constexpr const char* kSortingCache = "PRAGMA cache_size = -16384";

/// `file:` URI of a path, so that a read-only root can be opened as it lies (sqlite.org/uri.html).
std::string uri_of(const std::string& path, std::string_view query) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri + std::string{query};
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

bool has_content(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && status.st_size > 0;
}

/// SQLite's advice for files that may be hostile (sqlite.org/security.html).
void harden(sqlite3* db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_exec(db, "PRAGMA cell_size_check = ON", nullptr, nullptr, nullptr);
}

/// Counts of memory in use are read by nobody, and take a lock with each allocation.
void configure() { [[maybe_unused]] static const int result = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

void create_schema(Database& db) {
  Transaction txn{db};
  if (schema_version(db) == 0) {
    db.execute(kSchemaSql);
    db.execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion).c_str());
  }
  txn.commit();
}

}  // namespace

int schema_version(Database& db) {
  auto statement = db.prepare("PRAGMA user_version");
  statement.step();
  return static_cast<int>(statement.integer(0));
}

void make_search_indexes(Database& db) {
  db.execute(kSortingCache);
  db.execute(kSearchIndexesSql);  // each in a transaction of its own
  db.execute(kUsualCache);
}

std::uint64_t journal_octets(Database& db, const std::string& folder) {
  auto statement = db.prepare("SELECT journal_octets FROM mailbox WHERE folder = ?1");
  statement.bind(folder);
  return statement.step() ? static_cast<std::uint64_t>(statement.integer(0)) : 0;
}

bool is_whole(Database& db) {
  auto statement = db.prepare("PRAGMA application_id");
  return statement.step() && statement.integer(0) == kWholeIndex;
}

Database::Database(const std::string& path, Mode mode) : path_{path} {
  open(mode);
  if (mode == Mode::write && schema_version(*this) > 0 && schema_version(*this) < kSchemaVersion) {
    db_.reset();
    for (const char* const suffix : {"", "-wal", "-shm"}) ::unlink((path_ + suffix).c_str());
    open(mode);
  }
  harden(db_.get());
  sqlite3_busy_timeout(db_.get(), kBusyMilliseconds);
  if (mode == Mode::write) {
    execute("PRAGMA journal_mode = WAL");
    // The index can be made again from the mail, so a power cut may cost its last transactions, and freed
    // pages need no wiping (Debian's SQLite wipes them by default).
    execute("PRAGMA synchronous = NORMAL");
    execute("PRAGMA secure_delete = OFF");
    execute("PRAGMA foreign_keys = ON");
    execute(kUsualCache);
    execute("PRAGMA wal_autocheckpoint = 8000");  // 32 MB: each checkpoint waits for the disk
    if (schema_version(*this) == 0) create_schema(*this);
  }
  const auto version = schema_version(*this);
  const auto text = [&] {
    return fmt::format("{} has schema version {}, this program reads version {}", path_, version,
                       kSchemaVersion);
  };
  if (version < kSchemaVersion) throw OutdatedDatabase{text() + ": run `mailspoor index`"};
  if (version > kSchemaVersion) throw DatabaseError{text() + ": a newer Mailspoor made it"};
}

void Database::open(Mode mode) {
  configure();
  const bool writes = mode == Mode::write;
  // Where the folder cannot be written there is no writer either, and SQLite could not make the shared memory
  // that a WAL needs. A WAL that a killed writer left there must be read all the same.
  const bool is_frozen =
      !writes && ::access(folder_of(path_).c_str(), W_OK) != 0 && !has_content(path_ + "-wal");
  const auto uri = uri_of(path_, is_frozen ? "?immutable=1" : "");
  sqlite3* db = nullptr;
  const int flags = (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  errno = 0;  // for fail()
  const int result = sqlite3_open_v2(uri.c_str(), &db, flags, nullptr);
  db_.reset(db);
  if (result != SQLITE_OK) fail("cannot open");
}

void Database::execute(const char* sql) {
  errno = 0;  // for fail()
  if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail("cannot use");
}

// sqlite3_system_errno() knows nothing of a COMMIT that failed; errno does, unless SQLite has looked for a
// file since. And a file that it could not create it tries to open for reading, so that "no such file" is the
// cause of nothing.
int Database::system_error() const noexcept {
  const int last = errno;
  const int code = db_ ? sqlite3_errcode(db_.get()) : SQLITE_OK;
  if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN) return 0;
  if (code == SQLITE_IOERR && last != 0 && last != ENOENT) return last;
  const int known = sqlite3_system_errno(db_.get());
  const bool is_misleading = known == ENOENT && ::access(folder_of(path_).c_str(), F_OK) == 0;
  return is_misleading ? 0 : known;
}

void Database::fail(std::string_view what) const {
  const int system = system_error();
  const char* why = db_ ? sqlite3_errmsg(db_.get()) : "out of memory";
  const std::string cause = system != 0 ? fmt::format(" ({})", std::string_view{strerror(system)}) : "";
  throw DatabaseError{fmt::format("{} {}: {}{}", what, path_, why, cause)};
}

Statement::Statement(Database& db, std::string_view sql) : db_{db} {
  errno = 0;  // for Database::fail()
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr) !=
      SQLITE_OK) {
    db.fail("cannot read");
  }
  statement_.reset(statement);
}

void Statement::reset() noexcept {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

void Statement::bind_one(int index, std::nullptr_t) { sqlite3_bind_null(statement_.get(), index); }
void Statement::bind_one(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
}
void Statement::bind_one(int index, double value) { sqlite3_bind_double(statement_.get(), index, value); }
void Statement::bind_one(int index, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data() != nullptr ? text.data() : "", text.size(),
                      lifetime_, SQLITE_UTF8);
}
void Statement::bind_one(int index, Blob blob) {
  sqlite3_bind_blob64(statement_.get(), index, blob.octets.data(), blob.octets.size(), lifetime_);
}

bool Statement::step() {
  errno = 0;  // for Database::fail()
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) db_.fail("cannot use");
  return false;
}

std::string_view Statement::text(int column) const noexcept {
  const auto* text = sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::blob(int column) const noexcept {
  const void* octets = sqlite3_column_blob(statement_.get(), column);
  if (octets == nullptr) return {};
  return {static_cast<const char*>(octets),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::optional<std::string> Statement::maybe_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return std::string{text(column)};
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const noexcept {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<double> Statement::maybe_real(int column) const noexcept {
  if (is_null(column)) return std::nullopt;
  return sqlite3_column_double(statement_.get(), column);
}

Transaction::Transaction(Database& db) : db_{db} { db_.execute("BEGIN IMMEDIATE"); }
Transaction::~Transaction() {
  if (is_open_) sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}
void Transaction::commit() {
  db_.execute("COMMIT");
  is_open_ = false;
}

}  // namespace mailspoor::index
