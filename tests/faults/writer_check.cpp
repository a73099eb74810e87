#include "writer_check.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <unordered_map>

namespace foldline_tests {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

/// An append, and where its events are.
struct judged_append {
    write_record said;
    int present = 0;
    std::uint64_t indexes = 0;  ///< a bit for each event that was met
    std::int64_t first_version = 0;
    std::int64_t last_version = 0;
    std::int64_t last_position = 0;

    /// An append without an answer may go on for ever.
    [[nodiscard]] std::int64_t ended() const { return said.ended_ns == 0 ? never : said.ended_ns; }
};

class judgement {
public:
    judgement(const std::vector<write_record>& records, const std::vector<read_record>& log) {
        for (const write_record& record : records) {
            judged_append& append = appends_[key(record.writer, record.number)];
            if (append.said.ended_ns == 0) append.said = record;
        }
        for (const read_record& event : log) place(event);
        for (const auto& [key, append] : appends_) judge(append);
        judge_order();
    }

    [[nodiscard]] const writer_verdict& verdict() const { return verdict_; }

private:
    static std::int64_t key(std::int32_t writer, std::int32_t number) {
        return (static_cast<std::int64_t>(writer) << 32) + number;
    }

    void place(const read_record& event) {
        disagreement& found = verdict_.found;
        found.gap += event.position == ++position_ ? 0 : 1;
        position_ = event.position;
        const auto append = appends_.find(key(event.mark.writer, event.mark.number));
        judged_append* const owner = append == appends_.end() ? nullptr : &append->second;

        auto& versions = streams_[event.stream];
        const auto next = static_cast<std::int64_t>(versions.size()) + 1;
        if (event.version < next) ++found.dup;
        else found.gap += static_cast<int>(event.version - next);
        while (static_cast<std::int64_t>(versions.size()) < event.version) versions.push_back(owner);

        if (!owner) {
            ++found.ghost;
            return;
        }
        const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(event.mark.index);
        if ((owner->indexes & bit) != 0) ++found.dup;
        // The events of an append stand side by side, in its stream.
        const bool follows = owner->present == 0 ||
                             (event.position == owner->last_position + 1 && event.version == owner->last_version + 1);
        if (!follows || event.stream != owner->said.stream || event.mark.index != owner->present) ++found.wrong;
        if (owner->present++ == 0) {
            owner->first_version = event.version;
            in_order_.push_back(owner);
        }
        owner->indexes |= bit;
        owner->last_version = event.version;
        owner->last_position = event.position;
    }

    void judge(const judged_append& append) {
        disagreement& found = verdict_.found;
        const write_record& said = append.said;
        if (append.present != 0 && append.present < said.events) ++found.half;
        switch (said.answer) {
            case write_answer::stored: {
                if (append.present == 0) {
                    ++found.lost;
                    return;
                }
                const bool as_told = append.last_version == said.version && append.last_position == said.position;
                const bool as_expected =
                    said.expected == write_record::any || append.first_version == said.expected + 1;
                found.wrong += as_told && as_expected ? 0 : 1;
                return;
            }
            case write_answer::conflict:
                found.ghost += append.present == 0 ? 0 : 1;
                found.wrong += is_right_conflict(said) ? 0 : 1;
                return;
            case write_answer::nothing_stored: found.ghost += append.present == 0 ? 0 : 1; return;
            case write_answer::begun:
            case write_answer::unknown: return;
        }
    }

    /// Another append holds the version that this one wanted, and the stream was where the answer says at some time
    /// while the append was asked.
    [[nodiscard]] bool is_right_conflict(const write_record& said) const {
        const auto stream = streams_.find(said.stream);
        if (said.expected == write_record::any || stream == streams_.end()) return false;
        const auto& versions = stream->second;
        const auto count = static_cast<std::int64_t>(versions.size());
        if (said.version <= said.expected || said.version > count) return false;
        const judged_append* const holder = versions[static_cast<std::size_t>(said.expected)];
        const judged_append* const last = versions[static_cast<std::size_t>(said.version - 1)];
        if (!holder || !last) return false;
        if (holder->said.begun_ns > said.ended_ns || last->said.begun_ns > said.ended_ns) return false;
        const bool has_next = said.version < count;
        const judged_append* const next = has_next ? versions[static_cast<std::size_t>(said.version)] : nullptr;
        return !next || next->ended() > said.begun_ns;
    }

    /// From the end: everything behind an append must have ended after it began.
    void judge_order() {
        std::int64_t first_end_behind = never;
        for (auto at = in_order_.rbegin(); at != in_order_.rend(); ++at) {
            if (first_end_behind < (*at)->said.begun_ns) ++verdict_.reordered;
            first_end_behind = std::min(first_end_behind, (*at)->ended());
        }
    }

    std::unordered_map<std::int64_t, judged_append> appends_;
    std::map<std::int32_t, std::vector<const judged_append*>> streams_;  // who holds which version
    std::vector<const judged_append*> in_order_;
    std::int64_t position_ = 0;
    writer_verdict verdict_;
};

}  // namespace

writer_verdict judge_writers(const std::vector<write_record>& records, const std::vector<read_record>& log) {
    return judgement{records, log}.verdict();
}

writer_verdict judge_follower(const std::vector<read_record>& followed, const std::vector<read_record>& log) {
    writer_verdict verdict;
    std::vector<bool> met(log.size(), false);
    std::int64_t last = 0;
    for (const read_record& event : followed) {
        if (event.position < last) ++verdict.reordered;
        last = event.position;
        const auto place = static_cast<std::size_t>(event.position - 1);
        if (place >= log.size() || log[place] != event) {
            ++verdict.found.wrong;
            continue;
        }
        if (met[place]) ++verdict.found.dup;
        met[place] = true;
    }
    verdict.found.lost = static_cast<int>(std::count(met.begin(), met.end(), false));
    return verdict;
}

}  // namespace foldline_tests
