#pragma once

#include "awkward_store.hpp"
#include "transferred.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace foldline_tests {

/// An export in a file, and the name of a store to be made of it.
struct exported_file {
    explicit exported_file(const awkward_store& from)
        : text(exported(from.path())), file(from / "all.ndjson"), store(from / "new.db") {
        write_to(file, text);
    }
    ran import(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"import", file, store};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return ran{arguments};
    }
    /// Imports other lines; gives what is said against them.
    std::string refusal_of(const std::string& lines) const {
        write_to(file, lines);
        const ran refused = import();
        CHECK_MESSAGE(refused.code != 0, "taken: " << lines.substr(0, 200));
        CHECK_FALSE(std::filesystem::exists(store));
        CHECK(is_alone(store));
        return refused.err;
    }

    std::string text;
    std::string file;
    std::string store;
};

}  // namespace foldline_tests
