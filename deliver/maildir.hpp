#pragma once

namespace mailspoor::deliver {

class Directory;

/// Makes what is missing of a Maildir, durably; others may do the same meanwhile. Throws Error.
/// @param is_below  It is a folder of a Maildir++ tree: `maildirfolder` tells MUAs so.
void complete_maildir(const Directory& directory, bool is_below);

}  // namespace mailspoor::deliver
