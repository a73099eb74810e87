#include <foldline/upcasters/reachability.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <string>

namespace foldline::inline v0 {
namespace {

class reachability {
public:
    reachability(const upcaster_chain& chain, const event_catalog& known) : chain_(chain), known_(known) {}

    void check(event_type stored) {
        if (chain_.step_from(stored)) check_ends(stored);
        else if (!known_.knows(stored)) file_unreachable(stored);
    }

    /// A part that the chain makes is folded as the class of the catalog without another look.
    void check_classes() {
        for (const auto& [from, step] : chain_.steps()) {
            for (const auto& target : step.to) {
                const std::string_view expected = known_.message_of(target.type);
                const std::string& made = target.new_message()->GetDescriptor()->full_name();
                if (!expected.empty() && expected != made)
                    problem("two messages are the event {}: {}, which the upcaster ({}) makes, and {}",
                            target.type.to_string(), made, step.to_string(), expected);
            }
        }
    }

    void refuse_unknown() {
        for (const event_type type : unknown)
            problem("{}: no event of this name is known; list it, or allow unknown events", type.to_string());
    }

    void throw_problems() const {
        if (problems_.empty()) return;
        throw definition_error(
            fmt::format("this program cannot read every stored event:\n  {}", fmt::join(problems_, "\n  ")));
    }

    std::vector<event_type> unknown;

private:
    void check_ends(event_type stored) {
        for (const event_type end : chain_.ends_of(stored)) {
            if (known_.knows(end)) continue;
            problem("{}: its upcasters lead to {}, which is not known; list that event, or add an upcaster from it",
                    stored.to_string(), end.to_string());
        }
    }

    void file_unreachable(event_type stored) {
        const std::uint32_t newest = newest_version(stored.name);
        if (newest == 0) unknown.push_back(stored);
        else if (stored.version > newest)
            problem("{}: written by a newer program, this one knows the event up to version {}; start the newer one",
                    stored.to_string(), newest);
        else
            problem("{}: no upcaster starts from it; keep its message and add one that leads to a known version",
                    stored.to_string());
    }

    /// An event that the chain turns into one of another name is known by its old name too.
    [[nodiscard]] std::uint32_t newest_version(std::string_view name) const {
        std::uint32_t newest = known_.newest_version(name);
        for (const auto& [from, step] : chain_.steps())
            if (from.name == name) newest = std::max(newest, from.version);
        return newest;
    }

    template <class... Args>
    void problem(fmt::format_string<Args...> text, Args&&... args) {
        problems_.push_back(fmt::format(text, std::forward<Args>(args)...));
    }

    const upcaster_chain& chain_;
    const event_catalog& known_;
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<event_type> require_reachable(const event_store& store, const upcaster_chain& chain,
                                          const event_catalog& known, unknown_events unknown) {
    reachability check{chain, known};
    std::vector<event_type> stored = store.stored_types();
    std::sort(stored.begin(), stored.end());
    for (const event_type type : stored) check.check(type);
    check.check_classes();
    if (unknown == unknown_events::refused) check.refuse_unknown();
    check.throw_problems();
    return std::move(check.unknown);
}

}  // namespace foldline::inline v0
