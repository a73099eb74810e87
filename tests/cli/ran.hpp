#pragma once

#include <foldline/cli/application.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace foldline_tests {

/// What a stream of C got, in memory.
class captured {
public:
    captured() : stream_(::open_memstream(&text_, &size_)) {}
    captured(const captured&) = delete;
    captured& operator=(const captured&) = delete;
    ~captured() {
        std::fclose(stream_);
        std::free(text_);
    }

    [[nodiscard]] std::FILE* stream() const { return stream_; }
    [[nodiscard]] std::string text() const {
        std::fflush(stream_);
        return {text_, size_};
    }

private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* stream_;
};

/// A run of the command line in this process.
struct ran {
    explicit ran(std::vector<std::string> arguments, const foldline::cli::application& self = {}) {
        std::vector<const char*> argv{self.name.c_str()};
        for (const std::string& each : arguments) argv.push_back(each.c_str());
        const captured data;
        const captured notes;
        code = foldline::cli::run(static_cast<int>(argv.size()), argv.data(), self, {data.stream(), notes.stream()});
        out = data.text();
        err = notes.text();
    }

    [[nodiscard]] bool says(std::string_view words) const { return out.find(words) != std::string::npos; }
    [[nodiscard]] bool tells(std::string_view words) const { return says(words) || complains(words); }
    [[nodiscard]] bool complains(std::string_view words) const { return err.find(words) != std::string::npos; }

    int code = 0;
    std::string out;
    std::string err;
};

}  // namespace foldline_tests
