#pragma once

#include <filesystem>
#include <stdexcept>

namespace foldline_tests {

/// `tests/golden`, looked for from the working folder and from this program upwards: where a compiler stood is no help, as
/// paths in its sources are relative.
[[nodiscard]] inline std::filesystem::path golden_folder() {
    namespace fs = std::filesystem;
    for (const fs::path& begin : {fs::current_path(), fs::read_symlink("/proc/self/exe").parent_path()})
        for (fs::path above = begin; above != above.root_path(); above = above.parent_path())
            if (fs::is_directory(above / "tests" / "golden")) return above / "tests" / "golden";
    throw std::runtime_error("tests/golden is not above this program, nor above the folder it works in");
}

}  // namespace foldline_tests
