#include "planted_models.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace foldline_tests {

using namespace foldline;

namespace {

class passing_session : public read_model_session {
public:
    std::int64_t run(std::string_view sql, std::span<const sql_value> values) override {
        return inner().run(sql, values);
    }
    void query(std::string_view sql, std::span<const sql_value> values,
               function_ref<void(const sql_row&)> sink) override {
        inner().query(sql, values, sink);
    }
    void look_up(std::string_view sql, std::span<const sql_value> values,
                 function_ref<void(const sql_row&)> sink) override {
        inner().look_up(sql, values, sink);
    }
    void attempt(function_ref<void()> work) override { inner().attempt(work); }
    void park(const parked_event& event, std::size_t most) override { inner().park(event, most); }
    void commit(global_position position, timestamp recorded_at) override { inner().commit(position, recorded_at); }

protected:
    virtual read_model_session& inner() = 0;
};

class counting_session final : public passing_session {
    template <class Work>
    auto counted(Work work) {
        try {
            return work();
        } catch (const claim_lost&) {
            refused_();
            throw;
        }
    }

public:
    counting_session(std::unique_ptr<read_model_session> inner, const std::function<void()>& refused)
        : inner_(std::move(inner)), refused_(refused) {}

    std::int64_t run(std::string_view sql, std::span<const sql_value> values) override {
        return counted([&] { return inner_->run(sql, values); });
    }
    void query(std::string_view sql, std::span<const sql_value> values,
               function_ref<void(const sql_row&)> sink) override {
        counted([&] { inner_->query(sql, values, sink); });
    }
    void park(const parked_event& event, std::size_t most) override {
        counted([&] { inner_->park(event, most); });
    }
    void commit(global_position position, timestamp recorded_at) override {
        counted([&] { inner_->commit(position, recorded_at); });
    }

private:
    read_model_session& inner() override { return *inner_; }

    std::unique_ptr<read_model_session> inner_;
    const std::function<void()>& refused_;
};

/// The claims as they would be if nobody had taken them.
std::vector<partition_claim> renewed(const read_model_store& models, std::span<const partition_claim> claims) {
    std::vector<partition_claim> fresh(claims.begin(), claims.end());
    for (partition_claim& claim : fresh) {
        const auto state = models.find(claim.projection);
        if (!state) continue;
        claim.revision = state->revision;
        for (const partition_state& each : state->partitions) {
            if (each.part != claim.part) continue;
            claim.epoch = each.epoch;
            claim.position = each.position;
            claim.owner = each.owner.value_or(worker_id{});
        }
    }
    return fresh;
}

class unfenced_session final : public passing_session {
public:
    unfenced_session(read_model_store& models, std::span<const partition_claim> claims)
        : models_(models), claims_(claims.begin(), claims.end()) {}

private:
    read_model_session& inner() override {
        if (!inner_) inner_ = models_.begin(renewed(models_, claims_));
        return *inner_;
    }

    read_model_store& models_;
    std::vector<partition_claim> claims_;
    std::unique_ptr<read_model_session> inner_;
};

class rowless_session final : public passing_session {
public:
    rowless_session(read_model_store& models, std::span<const partition_claim> claims)
        : models_(models), claims_(claims.begin(), claims.end()), inner_(models.begin(claims)) {}
    void commit(global_position position, timestamp recorded_at) override {
        inner_.reset();
        models_.begin(claims_)->commit(position, recorded_at);
    }

private:
    read_model_session& inner() override { return *inner_; }

    read_model_store& models_;
    std::vector<partition_claim> claims_;
    std::unique_ptr<read_model_session> inner_;
};

class passing_letters : public dead_letter_store {
public:
    explicit passing_letters(dead_letter_store& inner) : inner_(inner) {}
    [[nodiscard]] parked_counts count(std::string_view projection) const override { return inner_.count(projection); }
    [[nodiscard]] std::vector<parked_event> list(const parked_query& query) const override {
        return inner_.list(query);
    }
    [[nodiscard]] std::vector<std::string> keys(std::string_view projection) const override {
        return inner_.keys(projection);
    }
    [[nodiscard]] std::vector<dropped_event> dropped(std::string_view projection, std::size_t limit) const override {
        return inner_.dropped(projection, limit);
    }
    [[nodiscard]] std::unique_ptr<replay_session> replay(std::string_view projection, std::string_view order_key,
                                                         std::string_view definition) override {
        return inner_.replay(projection, order_key, definition);
    }
    bool drop(std::string_view projection, global_position position, std::string_view reason, timestamp when) override {
        return inner_.drop(projection, position, reason, when);
    }

private:
    dead_letter_store& inner_;
};

class forgetful_letters final : public passing_letters {
public:
    using passing_letters::passing_letters;
    [[nodiscard]] std::vector<std::string> keys(std::string_view) const override { return {}; }
};

class moving_replay final : public replay_session {
public:
    moving_replay(std::unique_ptr<replay_session> inner, sqlite::database& file, std::string projection)
        : inner_(std::move(inner)), file_(file), projection_(std::move(projection)) {}

    std::int64_t run(std::string_view sql, std::span<const sql_value> values) override {
        return inner_->run(sql, values);
    }
    void query(std::string_view sql, std::span<const sql_value> values,
               function_ref<void(const sql_row&)> sink) override {
        inner_->query(sql, values, sink);
    }
    [[nodiscard]] std::optional<parked_event> first() override {
        auto found = inner_->first();
        if (found && !tried_) tried_ = found->position;
        return found;
    }
    void attempt(function_ref<void()> work) override { inner_->attempt(work); }
    void applied() override { inner_->applied(); }
    void failed(std::string_view error, timestamp when) override { inner_->failed(error, when); }
    void commit() override {
        inner_->commit();
        if (!tried_) return;
        file_.lease_writer().db().execute(
            fmt::format("update rm_partitions set position = {} where projection = '{}'", tried_->value, projection_));
    }

private:
    std::unique_ptr<replay_session> inner_;
    sqlite::database& file_;
    std::string projection_;
    std::optional<global_position> tried_;
};

class moving_letters final : public passing_letters {
public:
    moving_letters(dead_letter_store& inner, sqlite::database& file) : passing_letters(inner), file_(file) {}
    [[nodiscard]] std::unique_ptr<replay_session> replay(std::string_view projection, std::string_view order_key,
                                                         std::string_view definition) override {
        return std::make_unique<moving_replay>(passing_letters::replay(projection, order_key, definition), file_,
                                               std::string(projection));
    }

private:
    sqlite::database& file_;
};

}  // namespace

std::unique_ptr<read_model_session> counting_models::begin(std::span<const partition_claim> claims) {
    return std::make_unique<counting_session>(inner().begin(claims), refused_);
}

std::unique_ptr<read_model_session> unfenced_models::begin(std::span<const partition_claim> claims) {
    return std::make_unique<unfenced_session>(inner(), claims);
}

std::unique_ptr<read_model_session> rowless_models::begin(std::span<const partition_claim> claims) {
    if (++begun_ % 4 != 0) return inner().begin(claims);
    return std::make_unique<rowless_session>(inner(), claims);
}

forgetful_models::forgetful_models(read_model_store& inner)
    : passing_models(inner), letters_(std::make_unique<forgetful_letters>(inner.dead_letters())) {}
forgetful_models::~forgetful_models() = default;
dead_letter_store& forgetful_models::dead_letters() { return *letters_; }
const dead_letter_store& forgetful_models::dead_letters() const { return *letters_; }

moved_models::moved_models(read_model_store& inner, sqlite::database& file)
    : passing_models(inner), letters_(std::make_unique<moving_letters>(inner.dead_letters(), file)) {}
moved_models::~moved_models() = default;
dead_letter_store& moved_models::dead_letters() { return *letters_; }
const dead_letter_store& moved_models::dead_letters() const { return *letters_; }

}  // namespace foldline_tests
