#pragma once

#include <gmime/gmime.h>

#include <memory>

// Owners of GMime's objects; included by the files that call GMime, never by a public header.
namespace mailspoor::index {

struct GObjectDeleter {
  void operator()(void* object) const noexcept { g_object_unref(object); }
};
template <typename T>
using GObjectPtr = std::unique_ptr<T, GObjectDeleter>;

struct GFreeDeleter {
  void operator()(char* text) const noexcept { g_free(text); }
};
using GString = std::unique_ptr<char, GFreeDeleter>;

struct ParserOptionsDeleter {
  void operator()(GMimeParserOptions* options) const noexcept { g_mime_parser_options_free(options); }
};
using ParserOptions = std::unique_ptr<GMimeParserOptions, ParserOptionsDeleter>;

/// Once for the process, before anything else of GMime is called.
void start_gmime();

/// Header fields that are neither UTF-8 nor labelled are taken for windows-1252.
ParserOptions parser_options();

}  // namespace mailspoor::index
