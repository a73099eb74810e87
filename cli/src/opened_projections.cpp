#include "opened_projections.hpp"

#include "opened_store.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/core/nearest_word.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0::cli {
namespace {

/// `why`: "there is no projection \"slaes\" in this program".
[[noreturn]] void throw_unknown(const std::string& why, const std::string& name,
                                const std::vector<std::string>& known) {
    const std::string meant = nearest_word(name, known);
    if (!meant.empty()) throw unknown_name(fmt::format("{}; did you mean {}?", why, meant));
    throw unknown_name(fmt::format("{}; there {}", why, known.empty() ? "is none" : "are: " + in_words(known)));
}

}  // namespace

std::unique_ptr<projection_host> opened(const std::filesystem::path& store, const open_projections& open) {
    require_existing(store);
    return open(store);
}

const described_projection& chosen(const projection_host& host, const std::string& name) {
    std::vector<std::string> known;
    for (const described_projection& each : host.projections()) {
        if (each.name == name) return each;
        known.push_back(each.name);
    }
    throw_unknown(fmt::format("there is no projection \"{}\" in this program", shortened(name)), name, known);
}

std::vector<const described_projection*> chosen(const projection_host& host, const std::vector<std::string>& names) {
    std::vector<const described_projection*> found;
    if (names.empty())
        for (const described_projection& each : host.projections()) found.push_back(&each);
    for (const std::string& name : names) {
        const described_projection* one = &chosen(host, name);
        if (std::find(found.begin(), found.end(), one) == found.end()) found.push_back(one);
    }
    return found;
}

std::vector<std::string> with_rows(const read_model_store& models, const std::vector<std::string>& names) {
    std::vector<std::string> known;
    for (const projection_state& each : models.projections()) known.push_back(each.name);
    for (const std::string& name : names)
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw_unknown(fmt::format("no projection \"{}\" has rows in {}", shortened(name), models.place()), name,
                          known);
    return names.empty() ? known : names;
}

std::string in_words(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace foldline::inline v0::cli
