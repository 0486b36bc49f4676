#pragma once

#include <string>

#include "deliver/directory.hpp"
#include "deliver/unique_name.hpp"

// What a run that was killed left behind in a folder, put right by the next one, under the account's lock.
namespace mailspoor::deliver {

/// Removes sync's files from tmp/, and nobody else's. Throws Error.
void remove_litter(const Directory& folder);

/// Settles the batch at the end of a journal that has no `commit`: messages whose files are there are written
/// again, with one; all else of it is dead. Does nothing to a journal that ends in a `commit`. Throws Error.
/// @param path  The folder below `<root>/mail`, for the note to the index.
void settle(const Directory& folder, const std::string& path, const Directory& pending,
            const std::string& account, UniqueNames& names);

}  // namespace mailspoor::deliver
