#include "cli/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace mailspoor::cli {

std::shared_ptr<spdlog::logger> make_logger(const std::string& name, const GlobalOptions& options) {
  auto logger = std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("mailspoor: %l: %v");
  logger->set_level(options.is_quiet         ? spdlog::level::err
                    : options.verbosity == 0 ? spdlog::level::warn
                    : options.verbosity == 1 ? spdlog::level::info
                                             : spdlog::level::debug);
  return logger;
}

}  // namespace mailspoor::cli
