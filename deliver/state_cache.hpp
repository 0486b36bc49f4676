#pragma once

#include <map>
#include <string>
#include <string_view>

#include "deliver/directory.hpp"
#include "deliver/folder_state.hpp"

// What the journals of an account say, kept in `<root>/state/<account>.json` so that a run need not read them
// again: derived from them, and made anew wherever it does not fit them.
namespace mailspoor::deliver {

/// By the folder's name in the account's directory, "" for INBOX.
using FolderStates = std::map<std::string, FolderState, std::less<>>;

std::string to_json(const FolderStates& states);
/// Empty for what to_json() has not written.
FolderStates parse_folder_states(std::string_view json);

/// @param directory  `<root>/state`
/// Throws Error for what is there and cannot be read.
FolderStates read_state_cache(const Directory& directory, const std::string& account);
/// Not synced: a file that a power loss leaves torn reads as none. Throws Error.
void write_state_cache(const Directory& directory, const std::string& account, const FolderStates& states);

}  // namespace mailspoor::deliver
