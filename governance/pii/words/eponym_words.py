"""Names that stand in terms of art, and the kinds of things that are named after people.

Entries are parted by commas and line ends. A name is listed alone where hardly anybody who is written about bears it,
else only with what makes it a term (`Taylor rule`, not `Taylor`).
"""

from __future__ import annotations

NAMES = """
Apgar, Babinski, Bayes, Behçet, Bellman, Benford, Bernoulli, Bessel, Black-Litterman, Black-Scholes
Black-Scholes-Merton, Bollinger, Bonferroni, Borel, Breusch-Pagan, Cauchy, Celsius, Chebyshev, Cholesky
Cox-Ingersoll-Ross, Cox-Ross-Rubinstein, Cramér, Cronbach, Daubert, Descartes, Dickey-Fuller, Diffie-Hellman, Dijkstra
Dirichlet, Doppler, Durbin-Watson, Erlang, Euclid, Euler, Fahrenheit, Fama-French, Faraday, Fermi, Fibonacci, Fourier
Frobenius, Galois, Gantt, Garman-Kohlhagen, Gauss, Gaussian, Giffen, Gini, Godel, Granger-causal, Gödel, Hadamard
Hamilton-Jacobi, Hamming, Heimlich, Heisenberg, Herfindahl, Herfindahl-Hirschman, Hermite, Hermitian, Hessian, Hilbert
Hodrick-Prescott, Hosmer-Lemeshow, Huffman, Hull-White, Ishikawa, Jacobi, Jacobian, Jarque-Bera, Kaldor-Hicks, Kalman
Kaplan-Meier, Karnofsky, Kleihauer, Kolmogorov, Kolmogorov-Smirnov, Kondratiev, Kruskal-Wallis, Kullback-Leibler
Lagrange, Lagrangian, Laplace, Laplacian, Lebesgue, Legendre, Levenshtein, Likert, Ljung-Box, Lorentz, Lyapunov
Mahalanobis, Malthusian, Mann-Whitney, Mantoux, Mareva, Markov, Markovian, Markowitz, Maslow, McNemar, Mercator
Merkle, Minkowski, Modigliani-Miller, Mohs, Monte Carlo, Myers-Briggs, Neyman-Pearson, Nyquist, Occam, Ockham, Ohm
Ornstein-Uhlenbeck, Pareto, Petri, Pigouvian, Planck, Poisson, Ponzi, Pythagoras, Ricardian, Richter, Riemann
Rorschach, Scheffé, Schrödinger, Shannon-Fano, Shapiro-Wilk, Shapley, Sharpe, Sortino, Spearman, Student, Treynor
Tukey, Turing, Van der Waals, Vasicek, Venn, Viterbi, Volcker, Von Neumann, Voronoi, Walras, Walrasian, Waterlow
Weber-Fechner, Weibull, Wilcoxon, Wishart, Yule-Walker, Zipf
"""
"""Names that make a term with any word for a kind of thing: `Markov decision processes`, `Gini coefficient`."""

PHRASES = """
Basel I, Basel II, Basel III, Basel IV, Basel Committee, Basel Accord, Bâle II, Bâle III, Basilea II, Basilea III
Basilea 3, Bazel II, Bazel III, Bazel IV, Solvency I, Solvency II, Solvabilité II, Solvabilidad II, Solvibilità II
FINRA, KYC, AML, SOFR, SONIA, EURIBOR, LIBOR, IFRS, GAAP, FRTB, ICAAP, ILAAP, SREP, LCR, NSFR, Dodd-Frank
Dodd-Frank Act, Sarbanes-Oxley, Sarbanes-Oxley Act, Glass-Steagall, Glass-Steagall Act, Gramm-Leach-Bliley
Gramm-Leach-Bliley Act, Hart-Scott-Rodino, Hart-Scott-Rodino Act, Robinson-Patman Act, Taft-Hartley Act
Hatch-Waxman Act, Lanham Act, Sherman Act, Clayton Act, Hatch Act, Wagner Act, Magnitsky Act, Stark Law
Humphrey-Hawkins Act, Jones Act, Volcker rule, Howey test, Daubert standard, Chevron deference, Miranda rights
Miranda warning, Mareva injunction, Granger causality, Granger cause, Granger test, Hausman test, Wald test
Levene test, Tobin's q, Tobin tax, Brier score, Wiener process, Nash equilibrium, Nash bargaining, Lorenz curve
Macaulay duration, Stockholm syndrome, Stroop test, Braden scale, Shannon entropy, Lewy body, Lewy bodies
Pascal's wager, Ramsey pricing, Engel curve, Bartlett test, Anton Piller order, Norwich Pharmacal order, Beddoe order
Tomlin order, Calderbank offer, Quistclose trust, Romalpa clause, Berry trade, Megan's Law, Bolam test
Wednesbury unreasonableness, Henry VIII clause, Geneva Convention, Hague Convention, mark to market, mark-to-market
marked to market, mark to model, mark-to-model, chapter 7, chapter 11, chapter 13, Bill of Rights, Bill of Lading
Bill of Exchange, Bill of Materials, Letter of Credit, Value at Risk, Good Friday, Good Friday Agreement, Black Friday
Vice President, Vice Chair, Vice Chairman, Vice Chancellor
Boxing Day, Casual Friday, Know Your Customer, Joint Venture, Big Mac Index, Black model, Black '76, Cox regression
Cox model, Cox proportional hazards, Fisher's exact test, Fisher exact test, Fisher information, Fisher equation
Fisher effect, Cohen's d, Cohen's kappa, Fleiss' kappa, Cronbach's alpha, Pearson correlation, Pearson's r
Pearson's correlation, Spearman's rho, Kendall's tau, Newton's method, Newton's law, Newton-Raphson, Gauss-Newton
Taylor series, Taylor expansion, Taylor rule, Gordon growth model, Altman Z-score, Phillips curve, Laffer curve
Moore's law, Murphy's law, Hooke's law, Boyle's law, Say's law, Hick's law, Fitts's law, Conway's law, Goodhart's law
Gresham's law, Okun's law, Ohm's law, Parkinson's law, Peter principle, Pygmalion effect, Hawthorne effect
Dunning-Kruger effect, Doppler effect, Halo effect, Coriolis effect, Matthew effect, Sharpe-Lintner model, Heston model
Ho-Lee model, Hull-White model, Merton model, Kelly criterion, Minsky moment, Down syndrome, Down's syndrome
Turner syndrome, Wilson's disease, Graves' disease, Addison's disease, Bell's palsy, Paget's disease, Kawasaki disease
Whipple procedure, Foley catheter, Pap smear, Ringer's lactate, Ringer's solution, Glasgow Coma Scale
Beck Depression Inventory, Hamilton Depression Rating Scale, Hamilton Rating Scale, Barthel index, Norton scale
Schilling test, Coombs test, Hartmann's solution, Hartmann solution, Hickman line, Swan-Ganz, Rinne test
Wells score, Child-Pugh score, Tanner stage, Tanner scale, Beaufort scale, Douglas fir, Stanley knife
Porter's five forces, Ansoff matrix, Boston matrix, Eisenhower matrix, Johari window, Belbin team roles, Kanban, Scrum
Delphi method, Kirkpatrick model, Kotter model, Kano model, Deming cycle, Deming wheel, Plimsoll line, Gaussian
Bayesian, Boolean, Brownian, Brownian motion, Keynesian, Keynesians, Newtonian, Euclidean, Cartesian, Lagrangian
Hamiltonian, Kafkaesque, Orwellian, Machiavellian, Darwinian, Freudian, Pavlovian, Malthusian, Ricardian, Walrasian
Hessian, Jacobian, Wilcoxon, Kruskal-Wallis, Mann-Whitney, Kolmogorov-Smirnov, Kaplan-Meier, Black-Scholes
Black-Scholes-Merton, Diffie-Hellman, Myers-Briggs, Rorschach, Bonferroni, Ponzi, Lessee, Lessees, Lessor, Lessors
Licensee, Licensees, Licensor, Grantor, Grantee, Obligor, Obligors, Assignor, Assignee, Indemnitor, Indemnitee
Transferor, Transferee, Mortgagor, Mortgagee, Bailor, Bailee, Drawee, Payee, Promisor, Promisee
"""
"""Terms that are none but that; their last words may begin with a capital letter or not."""

ABBREVIATIONS = """
ABS, ACH, AES, AGM, ALM, API, APR, AT1, ATM, AUM, BACS, BAU, BIC, BPS, CAGR, CAPEX, CAPM, CBDC, CCP, CDD, CDO, CDS
CET1, CFT, CHAPS, CIR, CLO, CLS, CMBS, COGS, CPI, CPU, CSV, CTF, CVA, CVV, CVaR, DCF, DLP, DNS, DPA, DPIA, DPO, DSAR
DSCR, DTI, DVP, EAD, EBIT, EBITDA, ECL, EDD, EPS, ERP, ESG, ETF, ETL, FCF, FIFO, FOB, FTE, FVA, FX, GDP, GPU, GUI
HQLA, HTML, HTTP, HTTPS, IBAN, ICO, IDE, IPO, IRB, IRR, IRRBB, ISIN, ISMS, ITIL, JSON, KPI, KRI, KYB, LBO, LEI, LGD
LIFO, LTV, MBS, MFA, MLRO, MOIC, MVP, NAV, NDA, NDF, NFT, NII, NIM, NPL, NPV, OCI, OKR, OPEX, OTC, OTP, PCI, PDF, PEP
PII, PIN, PPI, PSP, PVP, QE, QR, RAROC, RBAC, REIT, REPO, RFI, RFP, RFQ, RMBS, ROA, ROCE, ROE, ROI, RTGS, RTO, RWA
SAR, SDK, SEPA, SLA, SLO, SME, SPAC, SPV, SQL, SRI, SSL, SSO, STP, STR, SWIFT, TCO, TLS, TTM, UAT, UBO, URL, VAT, VPN
WACC, WACI, XBRL, XML, XVA, YAML, YTD, YTM
"""
"""What banks, accountants and engineers say in capitals; alone it is no firm's name."""

DISEASES = """
Alzheimer, Parkinson, Crohn, Hodgkin, Huntington, Asperger, Tourette, Raynaud, Meniere, Ménière, Sjögren, Cushing
Hashimoto, Basedow, Marfan, Klinefelter, Tay-Sachs, Guillain-Barré, Epstein-Barr, Dupuytren, Kaposi, Behçet, Lewy
Creutzfeldt-Jakob, Bechterew, Chagas, Down, Charcot, Korsakoff, Wernicke, Munchausen, Lyme
"""
"""Names of diseases that are said alone: `Crohn's is treated with …`."""

SURE_KINDS = """
disease, syndrome, lymphoma, sarcoma, palsy, chorea, manoeuvre, maneuver, distribution, theorem, lemma, equilibrium
copula, regression, estimator, equation, transform, conjecture, hypothesis, algorithm, paradox, inequality, polynomial
coefficient, aphasia, phenomenon, equilibria, hypotheses
"""
"""Kinds of things that are hardly anybody's own: any lone name before them makes a term."""

KINDS_AFTER_ARTICLE = """
ratio, rule, test, index, scale, statistic, criterion, effect, principle, curve, doctrine, multiplier, constant
matrix
"""
"""Kinds of things that are a term with an article and a lone name before them: `the Howey test`."""

DISEASE_KINDS = """
disease, syndrome, lymphoma, dementia, patient, patients, medication, drug, drugs, clinic, sufferer, symptom
diagnosis, treatment, trial, contracture, sarcoma, body, bodies, thyroiditis, virus, chorea, care, research
"""

KINDS = """
act, amendment, analysis, approach, bands, bias, boundary, cage, cell, chain, chart, code, coding, coma, component
correlation, cycle, cycles, deference, decomposition, deviation, diagram, dish, dishes, distance, drift, effects
efficiency, error, expansion, exponent, extrapolation, factor, factorization, field, filter, fit, formula, formulas
frontier, function, gain, game, good, graph, hazard, histogram, improvement, information, injunction, integral, key
kernel, law, levels, line, machine, measure, method, metric, metropolis, mixture, model, motion, mouse, network
number, optimality, optimization, optimum, option, order, path, plot, prior, problem, process, processes, projection
property, random, razor, residual, retracement, right, run, sampler, sampling, scheme, score, sequence, series, sign
signal, simulation, smoothing, space, sphere, standard, statistics, stimulus, surface, tax, term, tree, triangle, type
value, warning, wave, weight, updating, inference, classifier, learning, duration, tests, fraud, criteria, matrices
indices
"""
"""Further kinds of things, which make a term with one of NAMES."""
