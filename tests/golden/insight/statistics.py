# Makes statistics.json: reference values from implementations that are not ours.
import json, math
import numpy as np
from scipy import stats, special
from statsmodels.tsa.seasonal import STL
import statsmodels, scipy
out = {"origin": f"Python: scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, numpy {np.__version__}"}
# t quantile
t = []
for df in [1, 2, 5, 10, 52, 200, 1343]:
    for p in [0.6, 0.95, 0.975, 0.999, 1-1e-6, 1-1e-9]:
        t.append({"df": df, "upperTail": 1-p if p<0.99999 else (1e-6 if p<1-1e-8 else 1e-9), "value": float(stats.t.isf(1-p if p<0.99999 else (1e-6 if p<1-1e-8 else 1e-9), df))})
out["studentT"] = t
out["incompleteBeta"] = [{"a": a, "b": b, "x": x, "value": float(special.betainc(a, b, x))} for a, b, x in [(1,1,.3),(2,3,.5),(.5,.5,.1),(10,200,.03),(200,10,.97),(1500,30000,.05),(5,.5,.999),(30,1e6,4e-5),(100,100,.3)]]
out["binomialTail"] = [{"k": k, "n": n, "p": p, "value": float(stats.binom.sf(k-1, n, p))} for k, n, p in [(0,10,.1),(1,10,.1),(5,10,.1),(10,10,.1),(20,100,.02),(60,500,.05),(900,5000,.15),(30,40,.01)]]
out["betaBinomialTail"] = [{"k": k, "n": n, "a": a, "b": b, "value": float(math.fsum(stats.betabinom.pmf(np.arange(k, n+1), n, a, b)))} for k, n, a, b in [(0,10,1,9),(3,10,1,9),(10,10,1,9),(12,100,20,980),(40,200,30,170),(200,1000,300,2700),(15,30,.5,30)]]
out["clopperPearson"] = []
for k, n, conf in [(0,10,.95),(3,10,.95),(10,10,.95),(20,1000,.99),(150,1000,.999)]:
    a = (1-conf)/2
    lo = 0.0 if k==0 else float(stats.beta.ppf(a, k, n-k+1)); hi = 1.0 if k==n else float(stats.beta.isf(a, k+1, n-k))
    out["clopperPearson"].append({"k": k, "n": n, "confidence": conf, "low": lo, "high": hi})
# STL
rng = np.random.default_rng(7)
n, period = 5*24, 24
x = np.arange(n)
y = 100 + 0.05*x + 40*np.sin(2*np.pi*x/period) + 10*np.cos(4*np.pi*x/period) + rng.normal(0, 4, n)
y[50] += 120; y[97:100] += 60
y = np.round(y, 3)
for name, kw, fit in [("periodicRobust", dict(period=period, seasonal=10*n+1, seasonal_deg=0, trend=None, robust=True), dict(inner_iter=1, outer_iter=15)),
                ("periodic", dict(period=period, seasonal=10*n+1, seasonal_deg=0, robust=False), dict(inner_iter=2, outer_iter=0)),
                ("seasonal7Robust", dict(period=period, seasonal=7, seasonal_deg=1, robust=True), dict(inner_iter=1, outer_iter=15))]:
    r = STL(y, **kw).fit(**fit)
    s = STL(y, **kw)
    out[name] = {"config": {k: v for k, v in s.config.items()}, "fit": fit, "seasonal": [round(float(v), 9) for v in r.seasonal], "trend": [round(float(v), 9) for v in r.trend]}
out["series"] = {"period": period, "values": [float(v) for v in y]}
json.dump(out, open("statistics.json", "w"), indent=None, separators=(",", ":"))
