#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "index/error.hpp"

// SQLite behind owners; included by files of index/ only.
namespace mailspoor::index {

struct Sqlite3Deleter {
  void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
struct Sqlite3StatementDeleter {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};

/// Octets to bind as a BLOB.
struct Blob {
  std::string_view octets;
};

class Database;

/// One prepared statement: bind(), then step() through the rows; bind() again starts anew.
class Statement {
 public:
  Statement(Database& db, std::string_view sql);

  /// Binds the parameters from ?1 on, clearing what was bound before.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  /// One parameter, for statements that are put together while running.
  void bind_one(int index, std::nullptr_t);
  void bind_one(int index, std::int64_t value);
  void bind_one(int index, int value) { bind_one(index, std::int64_t{value}); }
  void bind_one(int index, std::uint32_t value) { bind_one(index, std::int64_t{value}); }
  void bind_one(int index, std::uint64_t value) { bind_one(index, static_cast<std::int64_t>(value)); }
  void bind_one(int index, double value);
  void bind_one(int index, std::string_view text);
  void bind_one(int index, const std::string& text) { bind_one(index, std::string_view{text}); }
  void bind_one(int index, Blob blob);
  template <typename T>
  void bind_one(int index, const std::optional<T>& maybe) {
    if (maybe) {
      bind_one(index, *maybe);
    } else {
      bind_one(index, nullptr);
    }
  }

  /// Goes to the next row; false at the end. @throws DatabaseError.
  bool step();
  /// Runs a statement that gives no rows.
  void run() {
    while (step()) {
    }
  }
  /// The same with these parameters, none of which is copied.
  template <typename... Values>
  void run(const Values&... values) {
    lifetime_ = SQLITE_STATIC;
    bind(values...);
    lifetime_ = SQLITE_TRANSIENT;
    run();
    reset();  // what it points to ends with this call
  }
  void reset() noexcept;

  bool is_null(int column) const noexcept {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(statement_.get(), column); }
  /// Valid until the next step().
  std::string_view text(int column) const noexcept;
  std::string_view blob(int column) const noexcept;
  std::optional<std::string> maybe_text(int column) const;
  std::optional<std::int64_t> maybe_integer(int column) const noexcept;
  std::optional<double> maybe_real(int column) const noexcept;

  sqlite3_stmt* handle() const noexcept { return statement_.get(); }

 private:
  Database& db_;
  std::unique_ptr<sqlite3_stmt, Sqlite3StatementDeleter> statement_;
  sqlite3_destructor_type lifetime_ = SQLITE_TRANSIENT;
};

/// An open index file, hardened against a file that somebody else made.
class Database {
 public:
  enum class Mode { read, write };

  /// Mode::write creates the file, and makes an empty one of a file whose schema is older: all in it is
  /// derived. Mode::read opens a file whose folder cannot be written as it is.
  /// @throws DatabaseError; also if the schema is newer than this program, or older and the mode is read.
  Database(const std::string& path, Mode mode);

  void execute(const char* sql);
  Statement prepare(std::string_view sql) { return Statement{*this, sql}; }
  std::int64_t last_insert_rowid() const noexcept { return sqlite3_last_insert_rowid(db_.get()); }
  int changes() const noexcept { return sqlite3_changes(db_.get()); }

  /// Throws the DatabaseError of the last call, its path and SQLite's words in it.
  [[noreturn]] void fail(std::string_view what) const;
  sqlite3* handle() const noexcept { return db_.get(); }

 private:
  void open(Mode mode);
  int system_error() const noexcept;
  std::string path_;
  std::unique_ptr<sqlite3, Sqlite3Deleter> db_;
};

/// Begins at once as the one writer; rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& db);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& db_;
  bool is_open_ = true;
};

/// `PRAGMA user_version` of the schema that this program writes.
inline constexpr int kSchemaVersion = 11;
int schema_version(Database& db);

/// `PRAGMA application_id` ("MSPR") of an index that holds all mail that lay there when it was made. One that
/// is new, or whose making was broken off, is without it: no note tells of what it lacks.
inline constexpr int kWholeIndex = 0x4D535052;
bool is_whole(Database& db);
/// Makes what searches need besides the tables, where that is not done. Until then they only take longer.
/// Broken off, it goes on another time. @throws DatabaseError.
void make_search_indexes(Database& db);
/// How far the journal of a folder below `<root>/mail` has been read; 0 for one that is not known.
std::uint64_t journal_octets(Database& db, const std::string& folder);

}  // namespace mailspoor::index
