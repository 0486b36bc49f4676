#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace mailspoor::index {

/// Message files of a collection of real mail, in order of their paths; none where there is no such mail.
/// @param archive  `spamassassin.tar.zst`: in the folder that MAILSPOOR_CORPORA names, else beside the
///                 project in shared/corpus. MAILSPOOR_CORPORA_UNPACKED names a folder of files to take
///                 instead.
/// @param scratch  Where the archive is unpacked.
std::vector<std::filesystem::path> real_mail_files(std::string_view archive,
                                                   const std::filesystem::path& scratch);

}  // namespace mailspoor::index
