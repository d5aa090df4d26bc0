// SPDX-License-Identifier: MIT
// Runs one parity case and compares the results.
#include "check/parity.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "check/parity_call.h"
#include "gradus/autograd/autograd.h"

namespace gradus::check {
namespace {

const Targets& targets() {
  static const Targets all = [] {
    Targets t;
    for (const auto& part :
         {arithmetic_targets(), shape_targets(), function_targets(), layer_targets(),
          attention_targets(), recurrent_targets(), optimizer_targets()})
      t.insert(part.begin(), part.end());
    return t;
  }();
  return all;
}

// Infinite if one is NaN or infinite and the other differs.
double difference(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double d = std::abs(a - b);
  return std::isfinite(d) ? d : INFINITY;
}

class Comparison {
 public:
  Comparison(ParityResult& result) : result_(result) {}

  void compare(const std::string& name, const Tensor& mine, const Tensor& reference) {
    if (mine.shape() != reference.shape() || mine.dtype() != reference.dtype())
      return fail(name, text({name, " is ", mine.str(), "; expected ", reference.str()}));
    const std::vector<double> a = mine.detach().to(DType::f64).to_vector<double>();
    const std::vector<double> b = reference.to(DType::f64).to_vector<double>();
    double scale = 1, worst = 0;
    for (double v : b)
      if (std::isfinite(v)) scale = std::max(scale, 1 + std::abs(v));
    for (size_t i = 0; i < a.size(); ++i) worst = std::max(worst, difference(a[i], b[i]) / scale);
    if (worst > result_.worst || result_.tensor.empty()) {
      result_.worst = worst;
      result_.tensor = name;
    }
  }
  void fail(const std::string& name, const std::string& reason) {
    if (!result_.reason.empty()) return;
    result_.worst = INFINITY;
    result_.tensor = name;
    result_.reason = reason;
  }

 private:
  ParityResult& result_;
};

void check_case(const TensorFile& file, const std::string& path) {
  const auto version = file.metadata.find("gradus.parity");
  if (version == file.metadata.end())
    file_error({path, ": not a parity case: its metadata has no gradus.parity"});
  if (version->second != "1")
    file_error({path, ": parity format ", printable(version->second), "; expected 1"});
  if (!file.metadata.count("target")) file_error({path, ": the metadata has no target"});
}

DType dtype_of(const TensorFile& file) {
  for (const auto& [name, x] : file.tensors)
    if (x.dtype() == DType::f32) return DType::f32;
  return DType::f64;
}

void compare_gradients(Call& call, const std::vector<Tensor>& outputs, Comparison& c) {
  std::vector<Tensor> sources, cotangents, leaves;
  for (size_t k = 0; k < outputs.size(); ++k)
    if (const Tensor* cot = call.tensor(text({"cot/", k})); cot && outputs[k].requires_grad()) {
      sources.push_back(outputs[k]);
      cotangents.push_back(*cot);
    }
  for (const auto& [name, x] : call.leaves()) leaves.push_back(x);
  std::vector<Tensor> grads(leaves.size());
  if (!sources.empty()) grads = grad(sources, leaves, cotangents, {.allow_unused = true});
  size_t i = 0;
  for (const auto& [name, x] : call.leaves()) {
    const Tensor& g = grads[i++];
    c.compare("grad/" + name, g.defined() ? g : zeros(x.shape(), x.dtype()),
              *call.tensor("grad/" + name));
  }
}

// Gradients of sum <dir/NAME, grad/NAME> with respect to inputs, parameters and cotangents.
void compare_second(Call& call, const std::vector<Tensor>& outputs, Comparison& c) {
  const std::vector<std::string> named = call.names("dir/");
  if (named.empty()) return;
  std::vector<Tensor> sources, cotangents, leaves, grads, directions;
  std::vector<std::string> names;
  for (const auto& [name, x] : call.leaves()) {
    leaves.push_back(x);
    names.push_back(name);
  }
  for (size_t k = 0; k < outputs.size(); ++k) {
    const Tensor* cot = call.tensor(text({"cot/", k}));
    if (!cot || !outputs[k].requires_grad()) continue;
    sources.push_back(outputs[k]);
    cotangents.push_back(cot->clone_data().requires_grad_());
    names.push_back(text({"cot/", k}));
  }
  const GradOptions graph{.create_graph = true, .allow_unused = true};
  const std::vector<Tensor> first = grad(sources, leaves, cotangents, graph);
  for (size_t i = 0; i < leaves.size(); ++i) {
    const Tensor* direction = call.tensor("dir/" + names[i]);
    if (!direction || !first[i].defined() || !first[i].requires_grad()) continue;
    grads.push_back(first[i]);
    directions.push_back(*direction);
  }
  leaves.insert(leaves.end(), cotangents.begin(), cotangents.end());
  std::vector<Tensor> second(leaves.size());
  const GradOptions keep{.retain_graph = true, .allow_unused = true};
  if (!grads.empty()) second = grad(grads, leaves, directions, keep);
  for (size_t i = 0; i < leaves.size(); ++i)
    if (const Tensor* reference = call.tensor("twice/" + names[i]))
      c.compare("twice/" + names[i],
                second[i].defined() ? second[i] : zeros(leaves[i].shape(), leaves[i].dtype()),
                *reference);
  for (const std::string& t : call.names("twice/"))
    if (std::find(names.begin(), names.end(), t) == names.end())
      unknown({"twice/", t, " belongs to no tensor of the case"});
}

// The number after the slash: 3 for "out/3"; -1 if it is not a number.
int64_t place_in(const std::string& name) {
  const std::string digits = name.substr(name.find('/') + 1);
  const bool number =
      !digits.empty() && digits.size() < 6 && digits.find_first_not_of("0123456789") == digits.npos;
  return number ? std::stoll(digits) : -1;
}

// With `part` "/grad/", "a" for "step/3/grad/a"; "" for other names.
std::string stepped(const std::string& name, const std::string& part) {
  const size_t at = name.find(part);
  return name.starts_with("step/") && at != name.npos ? name.substr(at + part.size()) : "";
}

// Rejects tensors that nothing would read, and cases without expected values.
void check_names(const TensorFile& file) {
  bool expects = false;
  std::set<std::string> compared;
  for (const auto& [name, x] : file.tensors) {
    const auto under = [&n = name](const char* prefix) { return n.starts_with(prefix); };
    const std::string of = stepped(name, "/grad/"), after = stepped(name, "/param/");
    if (!after.empty()) compared.insert(after);
    expects = expects || under("out/") || under("grad/") || !after.empty();
    if (under("in/") || under("param/") || under("grad/") || !after.empty()) continue;
    if (!of.empty() && file.tensors.count("param/" + of)) continue;
    if ((under("out/") || under("cot/")) && place_in(name) >= 0) continue;
    if (under("dir/") && file.tensors.count("grad/" + name.substr(4))) continue;
    if (under("twice/")) continue;
    unknown({"tensor ", printable(name, 200), " is not part of a case"});
  }
  if (!expects) unknown({"the case has no expected values: no out/, grad/ or step/S/param/"});
  if (!compared.empty())
    for (const auto& [name, x] : file.tensors)
      if (name.starts_with("param/") && !compared.count(name.substr(6)))
        unknown({printable(name, 200), " is missing in every step"});
}

void check_device(const TensorFile& file, const Arguments& config) {
  config.only("device", "cpu");
  const std::string mine = dtype_of(file) == DType::f32 ? "float32" : "float64";
  const Json* given = config.find("dtype");  // the dtype of a module's parameters
  if (given && !(*given == Json(mine)) && !(*given == Json("torch." + mine)))
    unknown({"dtype ", printable(write_json(*given), 100), " in a case whose tensors are ", mine});
}

// {2, 14} for "2.14".
std::optional<std::pair<int, int>> version_in(std::string_view digits) {
  std::pair<int, int> v;
  const char* const end = digits.data() + digits.size();
  const auto major = std::from_chars(digits.data(), end, v.first);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return {};
  const auto minor = std::from_chars(major.ptr + 1, end, v.second);
  if (minor.ec != std::errc{} || minor.ptr != end) return {};
  return v;
}

void check_version(const std::string& versions) {
  if (versions.empty()) return;
  const bool from = versions.starts_with(">=");
  const auto edge = version_in(std::string_view(versions).substr(from ? 2 : 1));
  if (!edge || (!from && !versions.starts_with("<")))
    unknown({"torch ", printable(versions), " is not a version range; expected for example >=2.14 ",
             "or <2.14"});
  if ((*version_in(followed_torch) >= *edge) != from)
    unknown({"the case is for torch ", versions, "; gradus follows ", followed_torch});
}

void run_case(const TensorFile& file, ParityResult& result) {
  check_version(result.torch);
  check_names(file);
  std::string name = file.metadata.at("target");
  if (const std::string method = "torch.Tensor."; name.starts_with(method))
    name = "torch." + name.substr(method.size());
  if (!targets().count(name)) unknown({"target ", printable(name)});
  const DefaultDType dtype(dtype_of(file));
  Call call(file, result.name);
  if (std::isupper(static_cast<unsigned char>(name[name.rfind('.') + 1])))
    check_device(file, call.config);
  const std::vector<Tensor> outputs = targets().at(name)(call);
  call.finish();
  Comparison c(result);
  for (const std::string& k : call.names("cot/"))
    if (place_in("cot/" + k) >= static_cast<int64_t>(outputs.size()))
      unknown({"cot/", k, " belongs to no output"});
  for (const std::string& k : call.names("out/")) {
    const auto at = static_cast<size_t>(std::stoul(k));
    if (at < outputs.size() && outputs[at].defined())
      c.compare("out/" + k, outputs[at], *call.tensor("out/" + k));
    else c.fail("out/" + k, text({"gradus computes no output ", k}));
  }
  for (const std::string& s : call.names("step/"))
    if (s.find("/param/") != s.npos && !call.noted().count("step/" + s))
      c.fail("step/" + s, text({"gradus computes no step/", s}));
  for (const auto& [noted, x] : call.noted())
    if (const Tensor* reference = call.tensor(noted)) c.compare(noted, x, *reference);
  compare_second(call, outputs, c);
  compare_gradients(call, outputs, c);
  for (const std::string& g : call.names("grad/"))
    if (!call.leaves().count(g)) unknown({"grad/", g, " belongs to no input or parameter"});
}

// Puts a reason on one line: line ends become ";", or are removed after a colon.
std::string one_line(const std::string& reason) {
  std::string line;
  for (const char c : reason)
    if (c != '\n') line += c;
    else if (!line.ends_with(':')) line += ';';
  return line;
}

}  // namespace

ParityResult run_parity(const std::string& path, std::optional<double> tolerance) {
  const TensorFile file = read_safetensors(path);
  check_case(file, path);
  const size_t slash = path.rfind('/');
  ParityResult result{.name = path.substr(slash == path.npos ? 0 : slash + 1)};
  if (const std::string end = ".safetensors"; result.name.ends_with(end))
    result.name.resize(result.name.size() - end.size());
  const auto about = [&](const char* key) {
    const auto at = file.metadata.find(key);
    return at == file.metadata.end() ? "" : printable(at->second);
  };
  result.torch = about("torch");
  result.source = about("source");
  const double most = tolerance.value_or(dtype_of(file) == DType::f32 ? 2e-5 : 1e-10);
  try {
    run_case(file, result);
    const bool good = result.reason.empty() && result.worst <= most;
    result.verdict = good ? ParityResult::Verdict::pass : ParityResult::Verdict::fail;
  } catch (const Unknown& e) {
    result.reason = e.what();
  } catch (const std::exception& e) {  // gradus rejects what PyTorch accepts, or cannot read it
    result.verdict = ParityResult::Verdict::fail;
    result.worst = INFINITY;
    result.reason = e.what();
  }
  result.reason = one_line(result.reason);
  return result;
}

std::vector<std::string> parity_targets() {
  std::vector<std::string> all;
  for (const auto& [name, target] : targets()) all.push_back(name);
  return all;
}

}  // namespace gradus::check
