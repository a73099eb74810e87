#pragma once

#include <foldline/projections/projection_status.hpp>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {

/// Tells on stderr how those get on who follow: a line that stays in place, on a terminal only; and a line for each thing
/// that goes wrong, once, for logs too.
///
/// confined.
class follow_notes {
public:
    follow_notes(std::string program, std::FILE* out);
    follow_notes(const follow_notes&) = delete;
    follow_notes& operator=(const follow_notes&) = delete;
    ~follow_notes();

    void tell(const std::vector<projection_status>& all);
    void say(const std::string& line);

private:
    struct known {
        activity doing = activity::starting;
        std::uint64_t parked = 0;
    };
    void complain(const projection_status& one);
    void clear();

    std::string program_;
    std::FILE* out_;
    bool has_line_;
    bool is_shown_ = false;
    std::map<std::pair<std::string, partition>, known> known_;
};

/// "2 projections: 1,234 events behind (3 s), 52,311 a second, 2 parked".
[[nodiscard]] std::string follow_line(const std::vector<projection_status>& all);

}  // namespace foldline::inline v0::cli
