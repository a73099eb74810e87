#pragma once

#include "import/csv_reader.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

namespace shop {

/// The rows of one input file that were not taken, each with its line and the reason, in a CSV file beside the input:
/// `sales.csv` has `sales.csv.rejected.csv`. It appears whole, under its name, when it is finished; without rejected rows
/// it is not made.
///
/// confined.
/// Fails: input_error where the folder takes no file.
class rejected_rows {
public:
    explicit rejected_rows(std::filesystem::path input);
    rejected_rows(rejected_rows&&) noexcept = default;
    rejected_rows& operator=(rejected_rows&&) = delete;
    /// Removes what was not finished.
    ~rejected_rows();

    void add(const csv_record& row, std::string_view reason);
    void finish();

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::filesystem::path file() const;

private:
    [[nodiscard]] std::filesystem::path unfinished_file() const;
    void open();
    void write(std::string_view text);

    std::filesystem::path input_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> handle_{nullptr, std::fclose};
    std::uint64_t count_ = 0;
};

}  // namespace shop
