#include "deliver/maildir.hpp"

#include <fcntl.h>

#include "deliver/directory.hpp"

namespace mailspoor::deliver {

void complete_maildir(const Directory& directory, bool is_below) {
  for (const auto* const name : {"tmp", "new", "cur"}) directory.make_subdirectory(name);
  if (!is_below || directory.has("maildirfolder")) return;
  const auto marker = directory.open_file("maildirfolder", O_WRONLY | O_CREAT);
  directory.sync();
}

}  // namespace mailspoor::deliver
