#include "tasks.hpp"

#include <string>
#include <utility>

namespace tieline::soak {

namespace {

constexpr int32_t by_signal = -1;

task with_output(std::string command, std::string output, int32_t status = 0) {
  task result;
  result.what.body = std::move(command);
  result.fits = [output = std::move(output), status](const reply& x) {
    return x.output == output && x.status == status;
  };
  return result;
}

task bulk(uint64_t bytes) {
  task result;
  result.what.body = "bytes " + std::to_string(bytes);
  result.fits = [bytes](const reply& x) { return x.output.size() == bytes; };
  return result;
}

task round_trip(uint64_t bytes) {
  std::string input(bytes, 'x');
  auto result = with_output("cat", input);
  result.what.attributes["stdin"] = std::move(input);
  return result;
}

task report() {
  task result;
  result.what.body = "show version";
  result.fits = [](const reply& x) {
    return x.output.find("Serial number: ") != std::string::npos;
  };
  return result;
}

task empty() {
  task result;
  result.fits = [](const reply&) { return false; };
  return result;
}

task chosen(random_source& d) {
  switch (d.weighted({30, 20, 20, 10, 5, 3, 2, 1})) {
    case 0:
      return quick_task(d);
    case 1:
      return report();
    case 2:
      return with_output("sleep " + std::to_string(d.between(10, 1500)), "");
    case 3:
      return bulk(d.between(1, 1'000'000));
    case 4:
      return round_trip(d.between(1, 200'000));
    case 5:
      return with_output("exit 3", "", 3);
    case 6:
      return with_output("kill-signal TERM", "", by_signal);
    default:
      return empty(); // invalid_request
  }
}

} // namespace

task quick_task(random_source& d) {
  auto word = std::to_string(d.seed());
  return with_output("echo " + word, word + '\n');
}

task any_task(random_source& d) {
  auto result = chosen(d);
  if (d.chance(0.1))
    result.what.timeout = d.milliseconds(1, 40);
  if (d.chance(0.02))
    result.what.output_limit = 10;
  return result;
}

} // namespace tieline::soak
