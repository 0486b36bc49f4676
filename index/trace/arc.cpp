#include "index/trace/arc.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/trace/tag_list.hpp"

namespace mailspoor::index {
namespace {

class ChainReader {
 public:
  void take(const HeaderField& field, std::size_t position) {
    const auto is = [&](std::string_view name) { return base::equal_ignoring_case(field.name, name); };
    if (is("ARC-Authentication-Results")) {
      auto results = parse_arc_authentication_results(field.body);
      if (auto* set = set_of(results.instance, field)) {
        set->results_position = set->results ? set->results_position : position;
        keep(*set, set->results, std::move(results));
      }
    } else if (is("ARC-Seal")) {
      auto seal = parse_arc_seal(field.body);
      if (auto* set = set_of(seal.instance, field)) {
        set->seal_position = set->seal ? set->seal_position : position;
        keep(*set, set->seal, std::move(seal));
      }
    } else if (is("ARC-Message-Signature")) {
      auto signature = parse_dkim_signature(field.body, SignatureField::arc);
      if (auto* set = set_of(signature.arc_instance, field))
        keep(*set, set->message_signature, std::move(signature));
    }
  }

  ArcChain finish() {
    for (auto& [instance, set] : sets_) {
      set.is_complete = !set.has_doubles && set.results && set.seal && set.message_signature &&
                        set.seal->defects.empty() && set.message_signature->defects.empty();
      chain_.sets.push_back(std::move(set));
    }
    return std::move(chain_);
  }

 private:
  ArcSet* set_of(std::optional<std::uint32_t> instance, const HeaderField& field) {
    if (!instance) {
      auto text = "an " + base::to_valid_utf8(field.name) + " field without a readable instance";
      auto& defects = chain_.defects;
      if (std::find(defects.begin(), defects.end(), text) == defects.end())
        defects.push_back(std::move(text));
      return nullptr;
    }
    auto& set = sets_[*instance];
    set.instance = *instance;
    return &set;
  }

  template <typename Part>
  static void keep(ArcSet& set, std::optional<Part>& place, Part part) {
    if (place) {
      set.has_doubles = true;
    } else {
      place = std::move(part);
    }
  }

  std::map<std::uint32_t, ArcSet> sets_;
  ArcChain chain_;
};

}  // namespace

ArcSeal parse_arc_seal(std::string_view field_body) {
  ArcSeal seal;
  const TagList tags{field_body};
  if (!tags.is_well_formed()) seal.defects.emplace_back("the tags are malformed");
  const auto required = [&](const char* name) {
    auto text = tags.text(name);
    if (!text || text->empty()) seal.defects.push_back(std::string{"there is no "} + name + "=");
    return base::to_lower(base::to_valid_utf8(text.value_or("")));
  };
  seal.instance = parse_arc_instance(required("i"));
  seal.chain_validation = required("cv");
  seal.algorithm_name = required("a");
  seal.domain = required("d");
  seal.selector = required("s");
  required("b");
  if (const auto time = parse_time(tags.text("t").value_or(""))) seal.timestamp = *time;
  const auto& cv = seal.chain_validation;
  if (!cv.empty() && cv != "none" && cv != "pass" && cv != "fail") seal.defects.emplace_back("unknown cv=");
  if (tags.find("h") != nullptr) seal.defects.emplace_back("h= has no place in a seal");
  return seal;
}

bool ArcChain::is_complete() const {
  std::uint32_t instance = 0;
  for (const auto& set : sets) {
    if (set.instance != ++instance || !set.is_complete) return false;
    if (set.seal->chain_validation != (instance == 1 ? "none" : "pass")) return false;
  }
  return instance > 0 && defects.empty();
}

ArcChain read_arc(const std::vector<HeaderField>& fields) {
  ChainReader reader;
  for (std::size_t position = 0; position < fields.size(); ++position)
    reader.take(fields[position], position);
  return reader.finish();
}

}  // namespace mailspoor::index
