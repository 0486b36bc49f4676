#pragma once

namespace mailspoor::fetch {

/// Sets libcurl up for the whole program. Lives in main(), before any connection and any thread, and outlives
/// them. Ignores SIGPIPE meanwhile, which libcurl leaves to the program where threads are possible
/// (CURLOPT_NOSIGNAL).
class CurlLibrary {
 public:
  CurlLibrary();  ///< @throws NetworkError
  ~CurlLibrary();
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;

 private:
  void (*sigpipe_before_)(int);
};

}  // namespace mailspoor::fetch
