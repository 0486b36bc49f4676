#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace mailspoor::index {

/// What index/ throws. Malformed mail is no error: it becomes `defects`.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// The database or a message file could not be read or written.
class DatabaseError : public Error {
 public:
  using Error::Error;
};
/// The index was made by an older program: whoever writes makes it anew, who only reads cannot.
class OutdatedDatabase : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};
/// What the user asked cannot be read: exit code 2. The text names the word and suggests.
class QueryError : public Error {
 public:
  using Error::Error;
};

}  // namespace mailspoor::index
