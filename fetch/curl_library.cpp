#include "fetch/curl_library.hpp"

#include <curl/curl.h>

#include <csignal>
#include <string>

#include "fetch/error.hpp"

namespace mailspoor::fetch {

CurlLibrary::CurlLibrary() : sigpipe_before_{SIG_ERR} {
  if (const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK) {
    throw NetworkError{std::string{"cannot set up libcurl: "} + curl_easy_strerror(code)};
  }
  sigpipe_before_ = std::signal(SIGPIPE, SIG_IGN);
}

CurlLibrary::~CurlLibrary() {
  if (sigpipe_before_ != SIG_ERR) std::signal(SIGPIPE, sigpipe_before_);
  curl_global_cleanup();
}

}  // namespace mailspoor::fetch
