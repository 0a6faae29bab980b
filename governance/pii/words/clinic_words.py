"""Words of the clinic that the model takes for people: names of scores, signs and instruments, products, germs.

Entries are parted by commas and line ends. Products and germs are nobody's name; those who gave theirs to a score or
a clamp are meant where its kind stands beside, or its value.
"""

from __future__ import annotations

EPONYMS = """
Adson, Albers-Schönberg, Aldrete, Allgöwer, Apley, Aschoff, Asherman, Auerbach, Babcock, Backhaus, Ballance, Bancroft
Bankart, Barthel, Bartholin, Bassini, Bazett, Bence Jones, Bence-Jones, Bier, Bigelow, Billroth, Bing-Neel, Bitot
Blalock-Taussig, Bland-Altman, Blumberg, Boerhaave, Bosniak, Bozeman, Bragard, Brandt-Daroff, Braun-Ranke, Breslow
Bristol, Brodie, Broselow, Brown-Séquard, Brudzinski, Burkitt, Caprini, Centor, Charlson, Charnley, Child-Pugh
Chvostek, Ciaglia, Clavien-Dindo, Cockcroft, Cockcroft-Gault, Cohen-Mansfield, Colles, Columbia, Cowper, Crede, Credé
Cusco, Dawes-Redman, Deaver, DeBakey, Debakey, Dieulafoy, Dix-Hallpike, Doloplus, Dormia, Downton, Dukes, Dupuytren
Edinburgh, Eisenmenger, Epley, Epworth, Esbach, Esmarch, Fallot, Farabeuf, Finkelstein, Finochietto, Fleischner
Framingham, Frank-Starling, Fredrickson, Friedewald, Garden, Gerota, Glasgow, Gleason, Goodpasture, Gram, Grey Turner
Guedel, Gustilo, Gustilo-Anderson, Hallpike, Hardinge, Hassall, Hasselbalch, Heaf, Hegar, Heimlich, Henle, Herder
Hill-Sachs, Hinchey, Hodgkin, Hoehn, Hoehn and Yahr, Hoehn et Yahr, Hoehn und Yahr, Hoehn y Yahr, Hoehn-Yahr, Hoffa
Holter, Homans, Hounsfield, Howell-Jolly, Ilizarov, Jackson-Pratt, Jadad, Janeway, Karnofsky, Kazanjian, Kegel
Keith-Wagener, Kellgren and Lawrence, Kellgren und Lawrence, Kellgren-Lawrence, Kerley, Kernig, Kiesselbach, Killip
Kineke, Kinke, Kleihauer, Kleihauer-Betke, Koplik, Korotkoff, Kristeller, Kupffer, Kussmaul, Küntscher, Lachman
Langenbeck, Langerhans, Lasègue, Lauge-Hansen, Le Fort, Levret, Lhermitte, Lichtenstein, Lisfranc, Littre, Los Angeles
Lowenberg, Lown, Luer, Lugol, Lund and Browder, Lund-Browder, Mackenrodt, Magill, Mallampati, Malmö, Mantoux, McBurney
McMurray, McRoberts, Meckel, Meigs, Mikulicz, Mingazzini, Mini-Cog, Mirizzi, Misgav-Ladach, Modic, Monteggia, Morison
Naegele, Neer, Nothnagel, Nottingham, Nägele, Nélaton, Ober, Oswestry, Overholt, Oxford, Padoue, Paget, Pancoast
Papanicolaou, Paul-Bunnell, Payr, Pel-Ebstein, Pfannenstiel, Phalen, Philadelphia, Pinard, Pittsburgh, Polya, Pott
Prague, Purdue, Purkinje, Péan, Quincke, Ranke, Ranson, Redon, Rinne, Rockall, Rockwood, Roland-Morris, Romberg
Rorschach, Rose-Waaler, Rosenthal, Roux-en-Y, Roux-Y, Rovsing, Rumpel-Leede, Saccomanno, Salter-Harris, Santorini
Sauerbruch, Schatzker, Schmorl, Seldinger, Sempé, Sengstaken, Sengstaken-Blakemore, Shouldice, Siewert, Sjögren
Smith-Petersen, Snellen, Spetzler, Spurling, Starling, Stokes-Adams, Stratify, Swan-Ganz, Sydenham, Tarnier, Tenckhoff
Texas, Tinel, Tinetti, Trendelenburg, Trousseau, Truelove, Trélat, Trömner, Tzanck, Valsalva, Van Nuys, Vancouver
Vater, Veress, Virchow, Von Willebrand, von Willebrand, Waaler-Rose, Waldeyer, Waterlow, Watson-Jones, Weber-Rinne
Wernicke, Wertheim, Wexner, Wharton, Whipple, Widal, Yahr, Yankauer, Zenker, Ziehl-Neelsen, Zubrod, Zung
"""
"""With one of the kinds below they make a term: `Overholt clamp`, `Barthel-Index`, `pince de Péan`."""

SCORES = """
Aldrete, Algoplus, Apgar, Barthel, Bosniak, Bristol, Caprini, Centor, Charlson, Child-Pugh, Clavien-Dindo
Cohen-Mansfield, Columbia, DemTect, Doloplus, Downton, Dukes, ECPA, Edinburgh, Epworth, Framingham, Garden, Glasgow
Gleason, Gustilo-Anderson, Herder, Hinchey, Hoehn and Yahr, Hoehn und Yahr, Hoehn-Yahr, Karnofsky, Kellgren-Lawrence
Killip, Lund-Browder, Mallampati, MEC de Lobo, Modic, Oswestry, Percentile, Ranson, Rockall, Rockwood, Salter-Harris
Schatzker, Tinetti, Waterlow, Zubrod, Zung
"""
"""With a number they make one: `Barthel 55`, `Waterlow: 22`."""

KINDS = """
activities of daily living, agar, airway, antibodies, antibody, antigen, approach, bag, balloon, blade, block, bodies
breathing, canal, cannula, catheter, cement, chart, chromosome, clamp, classification, clip, collar, contracture
criteria, cup, curve, cyst, depression inventory, diverticulum, drain, duct, esophagus, factor, fascia, forceps
formula, fracture, frame, gland, grade, hernia, hip, hook, hopelessness scale, incision, index, knee, lactate
ligament, lobe, lymphoma, maneuver, manoeuvre, mask, monitor, mucosa, nail, needle, node, nodes, nodule, nodules
oesophagus, operation, oxygenation, pain scale, palsy, phenomenon, pin, plaster, plate, position
postnatal depression scale, pouch, procedure, protein, pupil, reflex, repair, respiration, retractor, ring, risk, rod
sarcoma, scale, scale for depression, scissors, score, score system, scoring, screw, sign, solution, space, speculum
splint, spots, stage, staging, stain, stent, stockings, stool, stool chart, syndrome, system, technique, test
thyroiditis, tilt, tourniquet, traction, triad, triangle, trocar, tube, tubercle, tumor, tumour, ulcer, unit, units
wire
"""
"""Behind the name, after a blank or a hyphen, with `'s` or without."""

GERMAN_KINDS = """
Anastomose, Antigen, Antikörper, Anästhesie, Atmung, Block, Bogen, Divertikel, Draht, Drain, drain, Drainage, Drähte
Drüse, Einteilung, Faszie, Formel, Fraktur, Fußpunktanastomose, Färbung, Gips, Haken, Handgriff, Hernie, Index, Kanüle
Kapsel, Karzinom, Katheter, katheter, Klassifikation, klem, Klemme, Kontraktur, Krankheit, Kriterien, Lagerung, Lappen
Leitung, Linie, Lymphom, Lösung, Manöver, Methode, Nadel, Nagel, Naht, Operation, Phänomen, Pinzette, Plastik, Platte
Position, Probe, Prophylaxe, Protein, Rahmen, Raum, Reflex, Regel, Röhre, Sarkom, schaal, Schema, Schere, Schiene
Schlinge, Schnitt, Schraube, Score, Skala, Sonde, Spekulum, Stadien, Stadium, Syndrom, syndroom, Technik, teken, Test
Thyreoiditis, Trokar, Tubus, Tumor, Ulkus, Verband, Winkel, Zange, Zeichen, ziekte, Zugang, Zyste, Ösophagus
"""
"""Behind it, after a hyphen or a blank."""

KINDS_BEFORE = """
aclaramiento, ago, aguja, aiguille, Amputation, attelle, bistouri, bock, broche, canule, circle, ciseaux, clairance
clasificación, classification, classificazione, clavo, Clearance, clou, coloration, courbe, criterios, critères, CTG
cul-de-sac, diverticule, divertículo, drain, drenaggio, drenaje, EF, Einteilung, enfermedad, escala, estadio, FEVG
Formel, formula, formule, fractura, fracture, fórmula, Grad, Griff, grille, hernie, Hernioplastik, incision, Index
index, indice, intervention, Klassifikation, kyste, Lagerung, lame, ligne, liquide, loi, LVEF, Lymphom, maladie
malattia, maniobra, manoeuvre, manovra, Manöver, manœuvre, Methode, méthode, método, Naht, Operation, opération
Osteotomie, phénomène, pince, pinza, placa, plaque, point, posición, position, posizione, pouch, prueba, quiste
reflejo, Resektion, réflexe, sac, sacco, saco, scala, scale, schaal, Schnitt, score, Score, segno, separador, sign
signe, signo, sindrome, Skala, solution, sonda, sonde, stade, Stadien, Stadium, syndrome, síndrome, Technik, technique
tecnica, teken, test, triangle, trocart, trócar, tube, Typ, técnica, valve, voie, Zeichen, ziekte, Zugang, écarteur
écarteurs, échelle, índice
"""
"""Before the name and `de`, `nach`, `of` and the like."""

GERMS = """
Acinetobacter, Actinomyces, Aerococcus, Aeromonas, Alcaligenes, Anaplasma, Ancylostoma, Ascaris, Aspergillus, Babesia
Bacillus, Bacteroides, Bartonella, Bifidobacterium, Blastocystis, Blastomyces, Bordetella, Borrelia, Borrelien
Brucella, Burkholderia, Campylobacter, Capnocytophaga, Chlamydia, Chlamydien, Chlamydophila, Citrobacter
Clostridioides, Clostridium, Coccidioides, Corynebacterium, Coxiella, Cryptococcus, Cryptosporidium, Cutibacterium
Cyclospora, Echinococcus, Ehrlichia, Eikenella, Elizabethkingia, Entamoeba, Enterobacter, Enterobius, Enterococcus
Enterokokken, Enterovirus, Entérocoque, Epidermophyton, Escherichia, Finegoldia, Francisella, Fusarium, Fusobacterium
Gardnerella, Giardia, Haemophilus, Hafnia, Helicobacter, Histoplasma, Kingella, Klebsiella, Klebsiellen, Kluyvera
Lactobacillus, Legionella, Legionellen, Leishmania, Leptospira, Leuconostoc, Listeria, Listerien, Malassezia
Meningococcus, Micrococcus, Microsporum, Moraxella, Morganella, Mucor, Mycobacterium, Mycoplasma, Mykoplasmen
Naegleria, Neisseria, Nocardia, Noroviren, Norovirus, Pantoea, Paratyphi, Parvimonas, Parvovirus, Pasteurella
Peptostreptococcus, Plasmodium, Pneumococcus, Pneumocoque, Pneumocystis, Pneumokokken, Porphyromonas, Prevotella
Propionibacterium, Pseudomonas, Ralstonia, Raoultella, Rhizopus, Rickettsia, Rotaviren, Rotavirus, Saccharomyces
Salmonella, Salmonelle, Salmonellen, Sarcoptes, Schistosoma, Scopulariopsis, Serratia, Shigella, Shigellen, Sporothrix
Staphylococcus, Staphylocoque, Staphylokokken, Stenotrophomonas, Streptococcus, Streptocoque, Streptokokken
Strongyloides, Taenia, Toxocara, Toxoplasma, Treponema, Trichinella, Trichomonas, Trichophyton, Trichosporon
Trichuris, Trypanosoma, Typhi, Ureaplasma, Veillonella, Vibrio, Yersinia, Yersinien
"""

PRODUCTS = """
Abasaglar, Accu-Chek, Accuchek, Acticoat, Adcal, Adiro, Agilia, Akineton, Akrinor, Alaris, Algostéril, Allevyn, Anioxy
Aquacel, Aquasept, Arterenol, Askina, Atrauman, Augmentine, Bactigras, Bepanthen, Beriplex, Berodual, Betadine
Biafine, Biatain, Bioclusive, Boostrix, Braunoderm, Braunüle, Bronchoretard, Buccolam, Calogen, Cardiosave, Cavilon
Cicalfate, Cicaplast, Ciflox, Ciproxin, Clenil, Clinell, Clinifeed, Clinutren, Clopixol, Coloplast, Comfeel, Conveen
Corpuls, Corsodyl, Cosmopor, Cutasept, Cutimed, Dafalgan, Datix, Decapinol, Delmatex, Dentinox, Denzapine, Depixol
Dettol, Dexeryl, Diffu-K, Dinamap, Dioralyte, Dipidolor, Dipiperon, Disoprivan, Doliprane, Dolormin, Dopplex, Dotarem
Duoderm, Durafiber, Effentora, Efferalgan, Efluelda, Elastoplast, Ellipta, Elospray, Enantyum, Epaderm, Ergometrine
Eryfluid, Esmeron, Espumisan, Etomidat, Eucerin, Eunerpan, Exudry, Falithrom, Fencino, Fenistil, Fixomull, Flaminal
Flexima, Flocare, Flotron, Fluad, Fluanxol, Fortasec, Forticare, Forticreme, Fortijuce, Fortimel, Fortisip, Fostair
Frekaclean, Fresubin, Fultium, Gadovist, Gardasil, Gastrografin, Gelafundin, Gelofusine, Granudacyn, Granuflex
Haemoccult, Handihaler, Hansaplast, Heelift, Hemocue, Hemosure, Hibiscrub, Hibisol, Hilotherm, Humulin, Hydrocoll
Hydrofilm, Hydrosorb, Hypafix, Hypnomidate, Hypnorex, Ibuflam, Imeron, Inadine, Incidin, Incidur, Inexium, Infacol
Infanrix, Influvac, Infusomat, Innohep, Insulatard, IntelliVue, Intellivue, Intrasite, Ioban, Iodoflex, Iodosorb
Jelonet, Jevity, Jonosteril, Kabiven, Kaltostat, Kardégic, Kerlix, Kerramax, Kijimea, Kliniderm, Konakion, Kytocel
Lagosin, Lantus, Lasilix, Laxoberal, Leukoplast, Leukosilk, Leukostrip, LigaSure, Ligasure, Linola, Lomatuell, Longtec
Loxapac, Luforbec, Lysthenon, Madopar, Marcoumar, Marcumar, Matrifen, Mefix, Melneurin, Melolin, Melperon, Meningitec
Mepiform, Mepilex, Mepitel, Mepore, Mesalt, Mesorb, Microshield, Mikrozid, Mirfulan, Mitosyl, Modecate, MoliCare
Molicare, Monocryl, Monosyn, Movicolon, Multilind, Narcaren, Nervecentre, Nimbex, Nimbus, Nimenrix, Nolotil, Novalgin
Novaminsulfon, Novorapid, NovoRapid, Nozinan, Nutilis, Nutricrem, Nutridrink, Nutriflex, Nutrison, Octaplas, Octaplex
Octenidin, Octenisan, Octenisept, Omnic, Omnicell, Omnifix, Omnifuse, Omnipaque, Optiflo, Optiflow, Orelox, Orfidal
Oxoid, Oxygesic, Oxynorm, Paediasure, Palacos, Palexia, Pantozol, Parietex, PediaSure, Pentavac, Peptamen, Perenterol
Perfusomat, Perfusor, Permafoam, Pipamperon, Piportil, Plantaben, Plasmalyte, Plurivite, Polymem, Portex, Praxbind
Prednihexal, Prevenar, Previscan, Priadel, Primapore, Priorix, Prismaflex, Prismasol, Profore, Prolene, Prontosan
Proshield, Prothromplex, Purewick, Pyxis, Quilonum, Rapifen, Raytec, Redivac, Rehydrat, Renasys, Renutryl, Repevax
Respimat, Revaxis, Rhesonativ, Rhophylac, Ringerfundin, Romedic, Rotherm, Safetac, Sagrotan, Sativex, Seguril, Selexid
Septanest, Seresta, Seretide, Servo-i, Shortec, Sigvaris, Sintrom, Skinsan, Smecta, SmofKabiven, Smofkabiven, Sofradex
Softaman, Sorbact, Sorbaderm, Sorbsan, Spasfon, Stericlean, Sterillium, Steripod, Steristrip, Sterofundin, Suprarenin
Suprasorb, Surgicel, Surgifoam, Surgilon, Symbicort, Syntometrine, Systagenix, Tegaderm, Tempadot, Tensoplast, Tercian
ThickenUp, Topro, Torasemid, Toujeo, Tracrium, Transeal, Transpore, Trapanal, Trelegy, Trimbow, Truxal, Tubertest
Tubifast, Tubigrip, Tubinette, Tubipad, Turbohaler, Turbuhaler, Turixin, Ultiva, Ultravist, Unacid, Unguentolan
UrgoClean, Urgoclean, Urgosorb, UrgoStart, Urgostart, Urgotul, Uriplan, Urotainer, Vaccutainer, Vacutainer, Varihesive
Varilux, Vascath, Vaxelis, Vaxigrip, Velcro, Venflon, Verbascan, Vicryl, Volulyte, Volumat, Voluven, Vomex, Vygon
Wander-Guard, Wissner-Bosserhoff, Ximovan, Zaponex, Zetuvit, Zinkleim, Zipzoc, Zopiclon
"""
"""Dressings, devices, foods and medicines beside those of `medicines.txt`."""

ALONE = """
Billroth, Doloplus, Fleischner, Ilizarov, Kleihauer, Korsakow, Luer, Overholt, Pfannenstiel, Raspatorium, Shouldice
Trendelenburg, Waterlow
"""
"""Of those who gave their names to things, the ones whom nobody is called after."""

FORMS = """
active, akut, ampullen, beutel, border, classique, comfort, comp, compact, comprimés, confort, continus, cr, depot
dragees, duo, energy, er, expidet, extra, flash, flexpen, flextouch, forte, gel, gentle, granulat, heel, hexa, hugger
ir, junior, kapseln, kwikpen, lady, lichtenstein, lite, lp, maintena, maxi, micro, mini, mite, mono, mr, mups, nasalbe
nasensalbe, neo, pflaster, plus, protect, protein, pure, respimat, retard, sachets, sacrum, saft, salbe, senior, slip
soft, solostar, spray, sr, stedy, sup, super, tabletten, tabs, tropfen, tts, turbohaler, ultra, uno, velotab
waschlotion, xl
"""
"""What products are called besides, and what they come as, in small letters: `Mepilex Border`, `Zyprexa Velotab`."""
