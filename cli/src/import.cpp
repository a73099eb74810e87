// `import`.

#include "event_importer.hpp"
#include "line_reader.hpp"
#include "opened_store.hpp"
#include "results_as_json.hpp"
#include "transfer_verbs.hpp"
#include "watched.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {
namespace {

struct close_file {
    void operator()(std::FILE* file) const {
        if (file != stdin) std::fclose(file);
    }
};
using open_file = std::unique_ptr<std::FILE, close_file>;

open_file opened(const std::filesystem::path& file) {
    if (file == "-") return open_file{stdin};
    require_existing(file);
    open_file found{std::fopen(file.c_str(), "re")};
    if (!found) throw std::runtime_error(fmt::format("{} cannot be read: {}", file.string(), std::strerror(errno)));
    return found;
}

/// Imports what the lines of a file say.
class line_import {
public:
    line_import(const import_request& request, const clock& time, id_source& ids)
        : request_(request), input_(opened(request.file)), lines_(input_.get()), importer_(request, time, ids) {}

    sqlite::copied_store run() {
        terminal_progress line{"Importing"};
        catch_interrupts();
        try {
            while (lines_.next()) {
                importer_.take(lines_.line());
                if (lines_.number() % lines_between_looks == 0) look(line);
            }
            return finish(line);
        } catch (const invalid_request& error) {
            refuse(error.what());
        } catch (const invalid_name& error) {
            refuse(error.what());
        }
    }

    /// Events that a stopped import, or one that was done, had stored.
    [[nodiscard]] std::int64_t events_found() const { return importer_.import()->events_found(); }
    [[nodiscard]] bool was_there() const { return importer_.import()->was_there(); }

private:
    static constexpr std::int64_t lines_between_looks = 256;

    static void stop_if_asked() {
        if (is_interrupted()) throw interrupted("stopped; run the same import again, and it goes on");
    }
    void look(terminal_progress& line) const {
        stop_if_asked();
        line.show(static_cast<std::uint64_t>(importer_.last().value),
                  static_cast<std::uint64_t>(importer_.store().head.value));
    }

    sqlite::copied_store finish(terminal_progress& line) {
        look(line);
        return importer_.finish([](const sqlite::work_progress&) { stop_if_asked(); });
    }

    /// Who stops a pipe also stops whoever writes into it, perhaps in the middle of a line.
    [[noreturn]] void refuse(std::string_view why) {
        stop_if_asked();
        importer_.discard();
        throw invalid_request(fmt::format("line {} of {}: {}; nothing was imported", lines_.number(),
                                          request_.file == "-" ? "stdin" : request_.file.string(), why));
    }

    const import_request& request_;
    open_file input_;
    line_reader lines_;
    event_importer importer_;
};

void tell(const import_request& request, const line_import& work, const sqlite::copied_store& made, const console& to) {
    if (request.shape != format::text) {
        fmt::print(to.out, "{}\n", as_json(made, request.store, request.shape));
        return;
    }
    const std::string name = printable(request.store.string());
    if (work.was_there()) {
        fmt::print(to.out, "{} holds all {} already.\n", name, counted(made.events, "event"));
        return;
    }
    fmt::print(to.out, "Imported {} up to position {} to {}, {}.\n", counted(made.events, "event"),
               grouped(made.head.value), name, in_bytes(made.bytes));
    if (work.events_found() > 0)
        fmt::print(to.out, "{} of them had been stored by an import that was stopped.\n", grouped(work.events_found()));
}

}  // namespace

int run(const import_request& request, const console& to) {
    const system_clock time;
    uuid_v7_source ids{time};
    line_import work{request, time, ids};
    const sqlite::copied_store made = work.run();
    tell(request, work, made, to);
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
