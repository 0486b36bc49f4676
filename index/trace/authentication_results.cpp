#include "index/trace/authentication_results.hpp"

#include <algorithm>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/trace/structured_cursor.hpp"
#include "index/trace/tag_list.hpp"

namespace mailspoor::index {
namespace {

/// `policy (comment) . (comment) expired`: more words make no key, and reading on to see that none comes
/// would cost the square of a hostile field.
constexpr int kMaxKeyWords = 3;

/// Takes `name [CFWS] "=" [CFWS]`, with CFWS around a `.` or `/` inside the name; the name in lower case.
/// Empty, and nothing taken, where no such thing stands.
std::string take_key(StructuredCursor& in) {
  const auto begin = in.mark();
  auto key = in.take_word("=");
  in.skip_cfws();
  const auto is_open = [&] {
    return in.is_at('.') || in.is_at('/') || (!key.empty() && (key.back() == '.' || key.back() == '/'));
  };
  for (int words = 1; words < kMaxKeyWords && is_open(); ++words) {
    const auto part = in.take_word("=");
    if (part.empty()) break;
    key += part;
    in.skip_cfws();
  }
  if (key.empty() || !in.take('=')) {
    in.return_to(begin);
    return {};
  }
  in.skip_cfws();
  return base::to_lower(key);
}

class ResultsReader {
 public:
  explicit ResultsReader(std::string_view field_body) : in_{field_body} {}

  void take_instance() {
    in_.skip_cfws();
    const auto begin = in_.mark();
    if (take_key(in_) != "i") {
      in_.return_to(begin);
      results_.defects.emplace_back("no instance");
      return;
    }
    results_.instance = parse_arc_instance(in_.take_value());
    if (!results_.instance) results_.defects.emplace_back("unreadable instance");
    in_.skip_cfws();
    in_.take(';');
  }

  AuthenticationResults read() {
    take_authserv_id();
    while (!in_.is_at_end()) {
      in_.skip_cfws();
      if (in_.is_at_end()) break;
      if (in_.take(';')) {
        end_result();
      } else {
        take_statement();
      }
    }
    end_result();
    if (in_.is_broken()) defect("a comment or quoted string is never closed");
    return std::move(results_);
  }

 private:
  void take_authserv_id() {
    in_.skip_cfws();
    const auto begin = in_.mark();
    if (!take_key(in_).empty()) {
      in_.return_to(begin);  // a result at once
      in_.take_comments();
      return;
    }
    auto id = in_.is_at('"') ? in_.take_value() : in_.take_word("=");
    if (!id.empty()) results_.authserv_id = std::move(id);
    in_.skip_cfws();
    const auto behind_id = in_.mark();
    auto version = in_.take_word("=");
    if (parse_number(version)) {
      results_.version = std::move(version);
    } else {
      in_.return_to(behind_id);
    }
    in_.take_comments();  // about the server, not about a result
  }

  void take_statement() {
    const auto key = take_key(in_);
    if (key.empty()) {
      const auto word = in_.take_value();
      if (word.empty()) in_.skip_octet();
      const bool is_alone = !current_ && !word.empty();
      if (is_alone && base::equal_ignoring_case(word, "none")) {
        results_.is_none = true;
      } else if (!is_alone ||
                 word.find('.') == std::string::npos) {  // Microsoft names the receiver in between
        defect("a word that belongs to no result");
      }
      return;
    }
    auto value = in_.take_value();
    if (current_ && key == "reason") {
      if (!current_->reason) current_->reason = std::move(value);
    } else if (current_ || key.find('.') != std::string::npos || key == "from") {
      take_property(key, std::move(value));
    } else {
      begin_result(key, std::move(value));
    }
  }

  void begin_result(const std::string& key, std::string value) {
    while (!value.empty() && value.back() == ',') value.pop_back();
    auto method = key.substr(0, key.find('/'));
    if (method.empty()) {
      defect("a result without a method");
      return;
    }
    current_.emplace();
    current_->method = std::move(method);
    current_->result = base::to_lower(value);
    current_->properties = std::exchange(waiting_, {});
  }

  void take_property(const std::string& key, std::string value) {
    const auto dot = key.find('.');
    AuthenticationProperty property{dot == std::string::npos ? "" : key.substr(0, dot),
                                    dot == std::string::npos ? key : key.substr(dot + 1), std::move(value)};
    auto& properties = current_                                    ? current_->properties
                       : key == "from" || results_.results.empty() ? waiting_
                                                                   : results_.results.back().properties;
    if (properties.size() < kMaxProperties) {
      properties.push_back(std::move(property));
    } else {
      defect("more than 50 properties of a result: the rest was not read");
    }
  }

  void end_result() {
    auto comment = in_.take_comments();
    if (!current_) return;
    current_->comment = std::move(comment);
    if (results_.results.size() < kMaxMethodResults) {
      results_.results.push_back(std::move(*current_));
    } else {
      defect("more than 100 results in a field: the rest was not read");
    }
    current_.reset();
  }

  void defect(const char* text) {
    auto& defects = results_.defects;
    if (std::find(defects.begin(), defects.end(), text) == defects.end()) defects.emplace_back(text);
  }

  StructuredCursor in_;
  AuthenticationResults results_;
  std::optional<MethodResult> current_;
  std::vector<AuthenticationProperty> waiting_;  ///< Stood in front of the result that they belong to.
};

}  // namespace

const std::string* MethodResult::property(std::string_view type, std::string_view name) const {
  const auto found = std::find_if(properties.begin(), properties.end(), [&](const auto& property) {
    return property.type == type && property.name == name;
  });
  return found != properties.end() ? &found->value : nullptr;
}

AuthenticationResults parse_authentication_results(std::string_view field_body) {
  return ResultsReader{field_body}.read();
}

AuthenticationResults parse_arc_authentication_results(std::string_view field_body) {
  ResultsReader reader{field_body};
  reader.take_instance();
  return reader.read();
}

}  // namespace mailspoor::index
