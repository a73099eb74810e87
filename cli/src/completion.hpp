#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::cli {

/// What a shell has to know of a program so as to complete its command lines. Names are what `run` was given, the rest
/// is our own text.
struct command_words {
    struct option {
        std::string name;  ///< "--format"
        std::string about;
        bool takes_value = false;
        std::vector<std::string> values{};  ///< which ones; none: any
    };
    struct verb {
        std::string name;  ///< "events"; "projections status" where it belongs to another one
        std::string about;
        std::vector<option> options{};
        std::vector<std::string> words{};  ///< what it is given; none: files
        bool has_verbs = false;            ///< those words are verbs that belong to it
    };
    std::string program;
    std::vector<verb> verbs;
};

enum class shell { bash, zsh, fish };

/// The script that teaches a shell.
[[nodiscard]] std::string completion_script(const command_words& words, shell which);

}  // namespace foldline::inline v0::cli
