#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::index {

/// What stands between two boxes, the larger one winning where several meet.
enum class TextGap : std::uint8_t { none, blank, cell, line, paragraph };

/// Takes text and gaps and makes lines of them. A gap is written only once something visible follows it.
class TextFlow {
 public:
  explicit TextFlow(std::size_t max_octets) : max_octets_{max_octets} {}

  void append(std::string_view text, bool is_preformatted);
  void line_break();
  void gap(TextGap kind);
  void begin_cell();
  /// The next cell stands beside this one if this one is a single line. An empty one leaves no trace, as
  /// layouts are full of them.
  void end_cell();

  /// There was more to see than `max_octets`.
  bool is_cut() const noexcept { return is_cut_; }
  std::string take() { return std::move(text_); }

 private:
  static constexpr std::size_t kNoCell = std::string::npos;
  struct Cell {
    std::size_t begin;
    std::size_t gaps_of_one_line;  ///< The line ends written by the end of the cell, if it is of one line.
    int lines_before;
    std::string blanks_before;
    std::size_t outer_begin;
  };

  void append_blank(std::string_view octets, bool is_preformatted);
  void append_visible(std::string_view octets);
  void write_gap();
  void write(std::string_view octets);
  void add_blank();
  void add_joiner(std::string_view octets);
  bool has_gap() const noexcept { return lines_ > 0 || !blanks_.empty(); }
  /// Nothing was written into the cell: what would begin a line stands at its top anyway.
  bool is_new_cell() const noexcept { return text_.size() == cell_begin_; }

  std::string text_;
  std::size_t max_octets_;
  bool is_cut_ = false;
  int lines_ = 0;       ///< Line ends to write before the next visible character: 0, 1, 2.
  std::string blanks_;  ///< Blanks to write behind them.
  std::string joiner_;
  int joiners_ = 0;  ///< Joiners since the last visible character: 0, 1, more.
  std::size_t written_gaps_ = 0;
  std::size_t cell_begin_ = kNoCell;
  std::vector<Cell> cells_;
};

}  // namespace mailspoor::index
