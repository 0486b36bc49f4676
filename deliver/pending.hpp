#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// The notes in `<root>/pending/` that tell an index which folders have journal lines that it has not read.
namespace mailspoor::deliver {

/// One note.
struct PendingNote {
  std::string file;    ///< Its name in `<root>/pending/`.
  std::string folder;  ///< Path of the folder below `<root>/mail`. Several notes may name the same.

  bool operator==(const PendingNote&) const = default;
};

/// All notes, in the order of their names. A queue that does not exist is empty. Throws Error.
///
/// An index that follows this order misses nothing, whoever is killed when:
///   1. notes = list_pending(root)
///   2. for each folder named: read_journal() from the offset remembered for it
///   3. commit what was read and JournalReading::offset, in one transaction of the database
///   4. remove_pending() the notes of step 1, but not those of a folder whose JournalReading::open was true:
///   their
///      batch had no `commit` yet, and no other note will come for it.
/// The other half of the argument stands above add_pending() in pending.cpp.
std::vector<PendingNote> list_pending(const std::filesystem::path& root);

/// The same of another directory of notes.
std::vector<PendingNote> list_notes(const std::filesystem::path& directory);

/// Unlinks exactly these notes; one that is gone already is no error. Throws Error.
void remove_pending(const std::filesystem::path& root, const std::vector<PendingNote>& notes);

class Directory;

/// Leaves a durable note for `folder` under a name that was never used before.
/// @param queue        `<root>/pending`
/// @param unique_name  A file name that is new.
/// Throws Error; a note that was left all the same makes an index look for nothing.
void add_pending(const Directory& queue, std::string_view unique_name, std::string_view folder);

}  // namespace mailspoor::deliver
