#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace foldline_tests {

/// A folder of one test's own, gone when the test is.
class scratch_folder {
public:
    scratch_folder() : path_((std::filesystem::temp_directory_path() / "foldline-test-XXXXXX").string()) {
        if (!::mkdtemp(path_.data())) throw std::runtime_error("no scratch folder could be made: " + path_);
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::filesystem::path path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path() / name; }

private:
    std::string path_;
};

}  // namespace foldline_tests
