#include "deliver/message_files.hpp"

#include <array>

namespace mailspoor::deliver {

void for_each_message(
    const Directory& folder,
    const std::function<void(const Directory& directory, const std::string& name)>& on_message) {
  constexpr std::array<const char*, 2> kDirectories = {"new", "cur"};
  for (const auto* const name : kDirectories) {
    const auto directory = folder.find_subdirectory(name);
    if (!directory) continue;
    directory->for_each_name([&](const std::string& file) {
      if (!file.starts_with('.')) on_message(*directory, file);
    });
  }
}

}  // namespace mailspoor::deliver
