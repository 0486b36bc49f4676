#include "index/track/pattern_set.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "deliver/base/ascii.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kMaxPatternOctets = 1'000;
constexpr std::size_t kMaxNesting = 50;
constexpr std::size_t kMaxRepeats = 1'000;
constexpr std::size_t kMaxInstructions = 5'000;  ///< Of one pattern: `(a{100}){100}` grows.
constexpr std::size_t kMaxVisits = 20'000;       ///< `((){100}){100}` does not, but takes as long.
/// Of the machine that grows while it reads; then it starts afresh. Real mail needs some hundreds.
constexpr std::size_t kMaxStates = 4'000;

using Octets = std::bitset<256>;

bool is_word(unsigned char octet) noexcept {
  return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || (octet >= '0' && octet <= '9') ||
         octet == '_';
}

Octets octets_where(bool (*holds)(unsigned char)) {
  Octets octets;
  for (unsigned octet = 0; octet < 256; ++octet) {
    if (holds(static_cast<unsigned char>(octet))) octets.set(octet);
  }
  return octets;
}

Octets only(char octet) {
  Octets octets;
  octets.set(static_cast<unsigned char>(octet));
  return octets;
}

/// `\d` and `\w`, else the sign itself.
Octets octets_of_escape(char sign) {
  if (sign == 'd') return octets_where([](unsigned char octet) { return octet >= '0' && octet <= '9'; });
  return sign == 'w' ? octets_where(is_word) : only(sign);
}

/// A pattern as a tree, its nodes in one vector.
struct Node {
  enum class Kind { octets, word_boundary, start, end, sequence, choice, repeat };
  Kind kind = Kind::sequence;
  Octets octets;
  std::vector<std::size_t> children;
  std::size_t least = 0;
  std::optional<std::size_t> most;
};

///     choice   = sequence *( "|" sequence )
///     sequence = *( atom [ "?" / "*" / "+" / "{" n [ "," [ n ] ] "}" ] )
///     atom     = "(" choice ")" / class / "." / "^" / "$" / "\" sign / sign
class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : rest_{pattern} {}

  /// The tree's root is its last node; nullopt for what is no pattern.
  std::optional<std::vector<Node>> read() {
    if (rest_.size() > kMaxPatternOctets) return std::nullopt;
    const auto root = choice();
    if (!root || !rest_.empty()) return std::nullopt;
    return std::move(nodes_);
  }

 private:
  std::size_t add(Node node) {
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }

  bool take(char sign) {
    if (rest_.empty() || rest_.front() != sign) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<char> take_sign() {
    if (rest_.empty()) return std::nullopt;
    const char sign = rest_.front();
    rest_.remove_prefix(1);
    return sign;
  }

  std::optional<std::size_t> choice() {
    if (++nesting_ > kMaxNesting) return std::nullopt;
    Node node;
    node.kind = Node::Kind::choice;
    do {
      const auto part = sequence();
      if (!part) return std::nullopt;
      node.children.push_back(*part);
    } while (take('|'));
    --nesting_;
    return add(std::move(node));
  }

  std::optional<std::size_t> sequence() {
    Node node;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      auto part = atom();
      if (part) part = repeated(*part);
      if (!part) return std::nullopt;
      node.children.push_back(*part);
    }
    return add(std::move(node));
  }

  std::optional<std::size_t> atom() {
    const char sign = *take_sign();
    Node node;
    node.kind = Node::Kind::octets;
    switch (sign) {
      case '(': {
        const auto inner = choice();
        return inner && take(')') ? inner : std::nullopt;
      }
      case '[':
        if (const auto octets = character_class()) {
          node.octets = *octets;
          return add(std::move(node));
        }
        return std::nullopt;
      case '.':
        node.octets.set();
        return add(std::move(node));
      case '^':
        node.kind = Node::Kind::start;
        return add(std::move(node));
      case '$':
        node.kind = Node::Kind::end;
        return add(std::move(node));
      case '\\':
        if (const auto escaped = take_sign()) {
          if (*escaped == 'b') node.kind = Node::Kind::word_boundary;
          node.octets = octets_of_escape(*escaped);
          return add(std::move(node));
        }
        return std::nullopt;
      case '?':
      case '*':
      case '+':
      case '{':
        return std::nullopt;
      default:
        node.octets = only(sign);
        return add(std::move(node));
    }
  }

  std::optional<Octets> character_class() {
    Octets octets;
    const bool is_negated = take('^');
    for (bool is_first = true; is_first || !take(']'); is_first = false) {
      auto sign = take_sign();
      if (!sign) return std::nullopt;
      if (*sign == '\\') {
        sign = take_sign();
        if (!sign) return std::nullopt;
        octets |= octets_of_escape(*sign);
        if (*sign == 'd' || *sign == 'w') continue;
      }
      octets.set(static_cast<unsigned char>(*sign));
      if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') continue;
      rest_.remove_prefix(1);
      const auto last = take_sign();
      if (*last == '\\' || static_cast<unsigned char>(*last) < static_cast<unsigned char>(*sign))
        return std::nullopt;
      for (unsigned octet = static_cast<unsigned char>(*sign); octet <= static_cast<unsigned char>(*last);
           ++octet)
        octets.set(octet);
    }
    return is_negated ? ~octets : octets;
  }

  std::optional<std::size_t> number() {
    std::size_t value = 0;
    bool is_any = false;
    while (!rest_.empty() && base::is_digit(rest_.front()) && value <= kMaxRepeats) {
      value = value * 10 + static_cast<std::size_t>(rest_.front() - '0');
      rest_.remove_prefix(1);
      is_any = true;
    }
    return is_any && value <= kMaxRepeats ? std::optional{value} : std::nullopt;
  }

  std::optional<std::size_t> repeated(std::size_t atom) {
    Node node;
    node.kind = Node::Kind::repeat;
    node.children.push_back(atom);
    if (take('?')) {
      node.most = 1;
    } else if (take('+')) {
      node.least = 1;
    } else if (take('{')) {
      const auto least = number();
      if (!least) return std::nullopt;
      node.least = *least;
      node.most = least;
      if (take(',')) node.most = number();
      if (!take('}') || (node.most && *node.most < node.least)) return std::nullopt;
    } else if (!take('*')) {
      return atom;
    }
    return add(std::move(node));
  }

  std::string_view rest_;
  std::vector<Node> nodes_;
  std::size_t nesting_ = 0;
};

/// What a thread of the machine does next (Thompson's construction).
struct Instruction {
  enum class Kind : std::uint8_t { octets, word_boundary, start, end, split, match };
  Kind kind = Kind::match;
  std::uint32_t octets = 0;   ///< Number of the set.
  std::uint32_t next = 0;     ///< Of split: the one way.
  std::uint32_t other = 0;    ///< And the other.
  std::uint32_t pattern = 0;  ///< That it is a part of.
};

/// Writes a pattern's instructions behind those that there are, from the last one to the first: each knows
/// what follows it.
class Assembler {
 public:
  Assembler(std::vector<Instruction>& program, std::vector<Octets>& sets, std::uint32_t pattern)
      : program_{program}, sets_{sets}, pattern_{pattern}, limit_{program.size() + kMaxInstructions} {}

  /// Where the pattern starts; nullopt where it is too large.
  std::optional<std::uint32_t> assemble(const std::vector<Node>& nodes) {
    nodes_ = &nodes;
    const auto match = add({Instruction::Kind::match, 0, 0, 0, pattern_});
    return node(nodes.size() - 1, match);
  }

 private:
  std::uint32_t add(Instruction instruction) {
    program_.push_back(instruction);
    return static_cast<std::uint32_t>(program_.size() - 1);
  }

  std::uint32_t split(std::uint32_t next, std::uint32_t other) {
    return add({Instruction::Kind::split, 0, next, other, pattern_});
  }

  std::uint32_t set_number(const Octets& octets) {
    const auto found = std::find(sets_.begin(), sets_.end(), octets);
    if (found != sets_.end()) return static_cast<std::uint32_t>(found - sets_.begin());
    sets_.push_back(octets);
    return static_cast<std::uint32_t>(sets_.size() - 1);
  }

  std::optional<std::uint32_t> node(std::size_t number, std::optional<std::uint32_t> next) {
    if (!next || program_.size() >= limit_ || ++visits_ > kMaxVisits) return std::nullopt;
    const auto& tree = (*nodes_)[number];
    switch (tree.kind) {
      case Node::Kind::octets:
        return add({Instruction::Kind::octets, set_number(tree.octets), *next, 0, pattern_});
      case Node::Kind::word_boundary:
        return add({Instruction::Kind::word_boundary, 0, *next, 0, pattern_});
      case Node::Kind::start:
        return add({Instruction::Kind::start, 0, *next, 0, pattern_});
      case Node::Kind::end:
        return add({Instruction::Kind::end, 0, *next, 0, pattern_});
      case Node::Kind::sequence:
        for (auto child = tree.children.rbegin(); child != tree.children.rend() && next; ++child)
          next = node(*child, next);
        return next;
      case Node::Kind::choice:
        return choice(tree, *next);
      case Node::Kind::repeat:
        return repeat(tree, next);
    }
    return std::nullopt;
  }

  std::optional<std::uint32_t> choice(const Node& tree, std::uint32_t next) {
    std::optional<std::uint32_t> first;
    for (auto child = tree.children.rbegin(); child != tree.children.rend(); ++child) {
      const auto way = node(*child, next);
      if (!way) return std::nullopt;
      first = first ? split(*way, *first) : way;
    }
    return first;
  }

  std::optional<std::uint32_t> repeat(const Node& tree, std::optional<std::uint32_t> next) {
    const auto child = tree.children.front();
    if (!tree.most) {
      const auto loop = split(0, *next);
      const auto body = node(child, loop);
      if (!body) return std::nullopt;
      program_[loop].next = *body;
      next = loop;
    } else {
      const auto end = *next;
      for (auto count = tree.least; count < *tree.most && next; ++count) {
        next = node(child, next);
        if (next) next = split(*next, end);
      }
    }
    for (std::size_t count = 0; count < tree.least && next; ++count) next = node(child, next);
    return next;
  }

  std::vector<Instruction>& program_;
  std::vector<Octets>& sets_;
  std::uint32_t pattern_;
  std::size_t limit_;
  std::size_t visits_ = 0;
  const std::vector<Node>* nodes_ = nullptr;
};

using Numbers = std::vector<std::uint32_t>;

void insert(Numbers& sorted, std::uint32_t number) {
  const auto place = std::lower_bound(sorted.begin(), sorted.end(), number);
  if (place == sorted.end() || *place != number) sorted.insert(place, number);
}

bool has(const Numbers& sorted, std::uint32_t number) {
  return std::binary_search(sorted.begin(), sorted.end(), number);
}

/// What tells states apart: where the threads stand, what has matched, and what `\b` and `^` must know of
/// the octet before.
struct StateKey {
  Numbers threads;  ///< At octets, or at an assertion that the next octet decides.
  Numbers matched;
  bool is_at_start = false;
  bool is_behind_word = false;
  auto operator<=>(const StateKey&) const = default;
};

}  // namespace

/// A deterministic automaton that is made as far as texts need it, and thrown away when it grows too large.
struct PatternSet::Machine {
  static constexpr std::uint32_t kUnknown = UINT32_MAX;

  struct State {
    const StateKey* key = nullptr;
    std::vector<std::uint32_t> next;  ///< By class of octet; kUnknown where none came yet.
    std::optional<Numbers> matched_at_end;
  };

  std::vector<Instruction> program;
  std::vector<Octets> sets;
  Numbers entries;
  std::array<std::uint16_t, 256> class_of{};
  std::vector<unsigned char> octet_of_class;  ///< One of each.

  std::mutex mutex;
  std::map<StateKey, std::uint32_t> numbers;
  std::vector<State> states;
  std::vector<std::uint32_t> seen;  ///< Of each instruction: the walk that came by last.
  std::uint32_t walk = 0;

  /// Octets that all sets treat alike are one class.
  void classify_octets() {
    std::map<std::vector<bool>, std::uint16_t> classes;
    for (unsigned octet = 0; octet < 256; ++octet) {
      std::vector<bool> signature{is_word(static_cast<unsigned char>(octet))};
      for (const auto& set : sets) signature.push_back(set[octet]);
      const auto [place, is_new] =
          classes.emplace(std::move(signature), static_cast<std::uint16_t>(octet_of_class.size()));
      if (is_new) octet_of_class.push_back(static_cast<unsigned char>(octet));
      class_of[octet] = place->second;
    }
  }

  std::uint32_t state_of(StateKey key) {
    const auto [place, is_new] = numbers.emplace(std::move(key), static_cast<std::uint32_t>(states.size()));
    if (is_new) states.push_back({&place->first, Numbers(octet_of_class.size(), kUnknown), std::nullopt});
    return place->second;
  }

  struct Assertions {
    bool are_decided;  ///< Else threads wait at them.
    bool is_at_start;
    bool is_word_boundary;
    bool is_at_end;
  };

  /// Follows a thread to where it must wait, and notes what matches on the way.
  void follow(std::uint32_t from, const Assertions& assertions, StateKey& key) {
    Numbers to_visit{from};
    while (!to_visit.empty()) {
      const auto at = to_visit.back();
      to_visit.pop_back();
      const auto& instruction = program[at];
      if (std::exchange(seen[at], walk) == walk || has(key.matched, instruction.pattern)) continue;
      switch (instruction.kind) {
        case Instruction::Kind::match:
          insert(key.matched, instruction.pattern);
          break;
        case Instruction::Kind::split:
          to_visit.push_back(instruction.other);
          to_visit.push_back(instruction.next);
          break;
        case Instruction::Kind::octets:
          key.threads.push_back(at);
          break;
        case Instruction::Kind::word_boundary:
        case Instruction::Kind::start:
        case Instruction::Kind::end:
          if (!assertions.are_decided) {
            key.threads.push_back(at);
          } else if (instruction.kind == Instruction::Kind::word_boundary ? assertions.is_word_boundary
                     : instruction.kind == Instruction::Kind::start       ? assertions.is_at_start
                                                                          : assertions.is_at_end) {
            to_visit.push_back(instruction.next);
          }
          break;
      }
    }
  }

  void finish(StateKey& key) const {
    std::erase_if(key.threads, [&](std::uint32_t at) { return has(key.matched, program[at].pattern); });
    std::sort(key.threads.begin(), key.threads.end());
  }

  std::uint32_t first_state() {
    StateKey key;
    key.is_at_start = true;
    ++walk;
    for (const auto entry : entries) follow(entry, {false, false, false, false}, key);
    finish(key);
    return state_of(std::move(key));
  }

  /// The threads of a state once the assertions are decided by what comes behind it.
  StateKey decided(const StateKey& from, bool is_at_end, bool is_before_word) {
    const Assertions assertions{true, from.is_at_start, from.is_behind_word != is_before_word, is_at_end};
    StateKey key;
    key.matched = from.matched;
    ++walk;
    for (const auto at : from.threads) follow(at, assertions, key);
    return key;
  }

  std::uint32_t step(std::uint32_t number, std::uint16_t octet_class) {
    const auto octet = octet_of_class[octet_class];
    const auto here = decided(*states[number].key, false, is_word(octet));
    StateKey key;
    key.matched = here.matched;
    key.is_behind_word = is_word(octet);
    ++walk;
    for (const auto at : here.threads) {
      if (sets[program[at].octets][octet]) follow(program[at].next, {false, false, false, false}, key);
    }
    finish(key);
    if (states.size() >= kMaxStates) {
      numbers.clear();
      states.clear();
      return state_of(std::move(key));
    }
    const auto next = state_of(std::move(key));
    states[number].next[octet_class] = next;
    return next;
  }

  Numbers run(std::string_view text) {
    const std::lock_guard lock{mutex};
    if (walk > UINT32_MAX / 2) {
      std::fill(seen.begin(), seen.end(), 0);
      walk = 0;
    }
    auto at = states.empty() || !states.front().key->is_at_start ? first_state() : 0;
    for (const char octet : text) {
      const auto octet_class = class_of[static_cast<unsigned char>(octet)];
      const auto next = states[at].next[octet_class];
      at = next != kUnknown ? next : step(at, octet_class);
      if (states[at].key->threads.empty()) return states[at].key->matched;
    }
    auto& last = states[at];
    if (!last.matched_at_end) last.matched_at_end = decided(*last.key, true, false).matched;
    return *last.matched_at_end;
  }
};

bool PatternSet::is_pattern(std::string_view pattern) {
  const auto tree = PatternReader{pattern}.read();
  if (!tree) return false;
  std::vector<Instruction> program;
  std::vector<Octets> sets;
  return Assembler{program, sets, 0}.assemble(*tree).has_value();
}

PatternSet::PatternSet(std::span<const std::string_view> patterns) : machine_{std::make_unique<Machine>()} {
  auto& machine = *machine_;
  for (std::uint32_t number = 0; number < patterns.size(); ++number) {
    const auto tree = PatternReader{patterns[number]}.read();
    if (!tree) continue;
    const auto before = machine.program.size();
    if (const auto entry = Assembler{machine.program, machine.sets, number}.assemble(*tree)) {
      machine.entries.push_back(*entry);
    } else {
      machine.program.resize(before);
    }
  }
  machine.seen.resize(machine.program.size());
  machine.classify_octets();
}

PatternSet::~PatternSet() = default;
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;

std::vector<std::uint32_t> PatternSet::matches(std::string_view text) const { return machine_->run(text); }

}  // namespace mailspoor::index
