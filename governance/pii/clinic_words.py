"""Words of the clinic that the model takes for people: names of scores, signs and instruments, products, germs.

Entries are parted by commas and line ends. Products and germs are nobody's name; those who gave theirs to a score or
a clamp are meant where its kind stands beside, or its value.
"""

from __future__ import annotations

EPONYMS = """
Abbey, Adson, Albers-Schönberg, Aldrete, Allgöwer, Allis, Amsler, Apley, Aschoff, Asherman, Auerbach, Austin Flint
Babcock, Backhaus, Baker, Bakri, Ballance, Bancroft, Bankart, Barlow, Barrett, Barthel, Bartholin, Bassini, Bazett
Beck, Bence Jones, Bence-Jones, Bennett, Berlin, Bier, Bigelow, Billroth, Binet, Bing-Neel, Bishop, Bitot
Blalock-Taussig, Bland-Altman, Blumberg, Boerhaave, Borg, Bosniak, Bouchard, Bowen, Bozeman, Braden, Bragard
Brandt-Daroff, Braun, Braun-Ranke, Breslow, Bristol, Brock, Brodie, Broselow, Brown-Séquard, Bruce, Brudzinski
Brunner, Burch, Burkitt, Caprini, Centor, Charlson, Charnley, Chiari, Child, Child-Pugh, Chvostek, Ciaglia, Clark
Clavien-Dindo, Cleveland, Cobb, Cockcroft, Cockcroft-Gault, Cohen-Mansfield, Colles, Collin, Columbia, Coombs, Cornell
Courvoisier, Cowper, Crede, Credé, Cullen, Cusco, Dawes-Redman, Deaver, DeBakey, Debakey, Denis Browne, Deschamps
Dieulafoy, Dindo, Dix-Hallpike, Doloplus, Donati, Doppler, Dormia, Douglas, Downton, Duke, Dukes, Dupuytren, Edinburgh
Eisenmenger, Epley, Epworth, Erb, Esbach, Esmarch, Ewing, Fallot, Farabeuf, Finkelstein, Finochietto, Fisher
Fitzpatrick, Fleischner, Fogarty, Foley, Fontaine, Forrest, Fournier, Fowler, Framingham, Frank-Starling, Fredrickson
Frenzel, Friedewald, Garden, Geneva, Genève, Gerota, Gigli, Giordano, Glasgow, Gleason, Goodpasture, Gram, Grey Turner
Guedel, Gustilo, Gustilo-Anderson, Guthrie, Guyon, Hallpike, Halsted, Ham, Hamilton, Hardinge, Harrington, Hartmann
Hassall, Hasselbalch, Hasson, Heaf, Hegar, Heimlich, Heinz, Henle, Herder, Hess, Hickman, Hill-Sachs, Hinchey, Hodgkin
Hoehn, Hoehn and Yahr, Hoehn et Yahr, Hoehn und Yahr, Hoehn y Yahr, Hoehn-Yahr, Hoffa, Hoffmann, Hohmann, Holter
Homans, Hopkins, Horner, Hounsfield, Howell-Jolly, Huber, Ilizarov, Ishihara, Jackson-Pratt, Jadad, Jaeger, Janeway
Jolly, Karnofsky, Katz, Kazanjian, Kegel, Keith-Wagener, Kell, Kellgren and Lawrence, Kellgren und Lawrence
Kellgren-Lawrence, Kerley, Kernig, Kidd, Kiesselbach, Killip, Kineke, Kinke, Kirschner, Kleihauer, Kleihauer-Betke
Koch, Kocher, Koplik, Korotkoff, Kristeller, Kupffer, Kussmaul, Küntscher, Lachman, Langenbeck, Langerhans, Lanz
Lasègue, Lauge-Hansen, Lawton, Le Fort, Leopold, Levine, Levret, Lhermitte, Lichtenstein, Linton, Lisfranc, Lister
Littre, Lobo, Los Angeles, Lowenberg, Lown, Luer, Lugol, Lund, Lund and Browder, Lund-Browder, Mackenrodt, Maddox
Magill, Mallampati, Mallory, Malmö, Mantoux, Mathys, Mayo, McBurney, McGill, McGrath, McIntosh, McMurray, McRoberts
Meckel, Meigs, Mikulicz, Mingazzini, Mini-Cog, Mirizzi, Misgav-Ladach, Modic, Monteggia, Montgomery, Morison, Moro
Morse, Muir, Muller, Murphy, Naegele, Neer, Neville Barnes, Nissen, Norton, Nothnagel, Nottingham, Nugent, Nägele
Nélaton, Ober, Ogilvie, Ortolani, Oswestry, Overholt, Oxford, Padoue, Padua, Paget, Palmer, Pancoast, Papanicolaou
Paul-Bunnell, Payr, Pearson, Pel-Ebstein, Pfannenstiel, Phalen, Philadelphia, Pinard, Pittsburgh, Poirier, Polya, Pott
Prague, Pratt, Pringle, Pugh, Purdue, Purkinje, Péan, Quincke, Ramsay, Ranke, Ranson, Redon, Reinke, Reynolds
Richmond, Riedel, Rinne, Robson, Rockall, Rockwood, Roland-Morris, Romberg, Rorschach, Rose-Waaler, Rosenthal, Roux
Roux-en-Y, Roux-Y, Rovsing, Rubin, Ruffini, Rumpel-Leede, Rutherford, Saccomanno, Salter-Harris, Santorini, Sauerbruch
Schatzker, Scheuermann, Schirmer, Schmorl, Schober, Schwartz, Seldinger, Sempé, Sengstaken, Sengstaken-Blakemore
Shouldice, Siewert, Simpson, Sims, Sjögren, Smith-Petersen, Snellen, Spaulding, Spetzler, Spurling, Starling
Steinmann, Stokes, Stokes-Adams, Stratify, Sullivan, Swan-Ganz, Sydenham, Tanner, Tarnier, Tenckhoff, Tessier, Texas
Thomas, Thompson, Tinel, Tinetti, Todd, Trendelenburg, Treves, Trousseau, Truelove, Trélat, Trömner, Tuohy, Tzanck
Unterberger, Valsalva, Van Nuys, Vancouver, Vater, Venturi, Veres, Veress, Vienna, Virchow, Volkmann, von Willebrand
Von Willebrand, Waaler-Rose, Wada, Wagner, Waldeyer, Wallace, Waterlow, Watson, Watson-Jones, Weber, Weber-Rinne
Wells, Wernicke, Wertheim, Wexner, Wharton, Whipple, Widal, Willis, Wilms, Wilson, Woods, Yahr, Yankauer, Zenker
Ziehl-Neelsen, Zimmer, Zubrod, Zung
"""
"""With one of the kinds below they make a term: `Kocher clamp`, `Braden-Skala`, `pince de Kocher`."""

SCORES = """
Abbey, Aldrete, Algoplus, Apgar, Barthel, Bishop, Bosniak, Braden, Bristol, Brock, Caprini, Centor, Charlson
Child-Pugh, Clavien-Dindo, Cohen-Mansfield, Columbia, Cornell, DemTect, Denver, Doloplus, Downton, Dukes, ECPA
Edinburgh, Epworth, Fitzpatrick, Fontaine, Forrest, Framingham, Garden, Glasgow, Gleason, Gustilo-Anderson, Herder
Hinchey, Hoehn and Yahr, Hoehn und Yahr, Hoehn-Yahr, Karnofsky, Katz, Kellgren-Lawrence, Killip, Lawton, Lund-Browder
Maddox, Mallampati, MEC de Lobo, Modic, Morse, Norton, Oswestry, Percentile, Ramsay, Ranson, Richmond, Rockall
Rockwood, Rutherford, Salter-Harris, Schatzker, Tanner, Tinetti, Waterlow, Wells, Zubrod, Zung
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
Brucella, Burkholderia, Campylobacter, Candida, Capnocytophaga, Chlamydia, Chlamydien, Chlamydophila, Citrobacter
Clostridioides, Clostridium, Coccidioides, Corynebacterium, Coxiella, Cryptococcus, Cryptosporidium, Cutibacterium
Cyclospora, Echinococcus, Ehrlichia, Eikenella, Elizabethkingia, Entamoeba, Enterobacter, Enterobius, Enterococcus
Enterokokken, Enterovirus, Entérocoque, Epidermophyton, Escherichia, Finegoldia, Francisella, Fusarium, Fusobacterium
Gardnerella, Giardia, Haemophilus, Hafnia, Helicobacter, Histoplasma, Kingella, Klebsiella, Klebsiellen, Kluyvera
Lactobacillus, Legionella, Legionellen, Leishmania, Leptospira, Leuconostoc, Listeria, Listerien, Malassezia
Meningococcus, Micrococcus, Microsporum, Moraxella, Morganella, Mucor, Mycobacterium, Mycoplasma, Mykoplasmen
Naegleria, Neisseria, Nocardia, Noroviren, Norovirus, Pantoea, Paratyphi, Parvimonas, Parvovirus, Pasteurella
Peptostreptococcus, Plasmodium, Pneumococcus, Pneumocoque, Pneumocystis, Pneumokokken, Porphyromonas, Prevotella
Propionibacterium, Providencia, Pseudomonas, Ralstonia, Raoultella, Rhizopus, Rickettsia, Rotaviren, Rotavirus
Saccharomyces, Salmonella, Salmonelle, Salmonellen, Sarcoptes, Schistosoma, Scopulariopsis, Serratia, Shigella
Shigellen, Sporothrix, Staphylococcus, Staphylocoque, Staphylokokken, Stenotrophomonas, Streptococcus, Streptocoque
Streptokokken, Strongyloides, Taenia, Toxocara, Toxoplasma, Treponema, Trichinella, Trichomonas, Trichophyton
Trichosporon, Trichuris, Trypanosoma, Typhi, Ureaplasma, Veillonella, Vibrio, Yersinia, Yersinien
"""

PRODUCTS = """
Abasaglar, Accu-Chek, Accuchek, Acticoat, Acupan, Adcal, Adiro, Agilia, Akineton, Akrinor, Alaris, Algostéril, Allevyn
Anioxy, Aquacel, Aquasept, Arjo, Arterenol, Askina, Atrauman, Augmentine, Bactigras, Bair, Bepanthen, Beriplex
Berodual, Betadine, Biafine, Biatain, Bioclusive, Boostrix, Braunoderm, Braunüle, Bronchoretard, Buccolam, Calogen
Cardiosave, Cavilon, Cicalfate, Cicaplast, Ciflox, Ciproxin, Clenil, Clinell, Clinifeed, Clinutren, Clopixol, Coban
Coloplast, Comfeel, Conveen, Corpuls, Corsodyl, Cosmopor, Cutasept, Cutimed, Dafalgan, Datix, Decapinol, Delmatex
Dentinox, Denzapine, Depixol, Dettol, Dexeryl, Diffu-K, Dinamap, Dioralyte, Dipidolor, Dipiperon, Disoprivan
Doliprane, Dolormin, Dopplex, Dotarem, Duoderm, Durafiber, Effentora, Efferalgan, Efluelda, Elastoplast, Ellipta
Elospray, Enantyum, Epaderm, Ergometrine, Eryfluid, Esmeron, Espumisan, Etomidat, Eucerin, Eunerpan, Exudry, Falithrom
Fencino, Fenistil, Fixomull, Flaminal, Flexima, Flocare, Flotron, Fluad, Fluanxol, Fortasec, Forticare, Forticreme
Fortijuce, Fortimel, Fortini, Fortisip, Fostair, Frekaclean, Fresubin, Fultium, Gadovist, Gardasil, Gastrografin
Gelafundin, Gelofusine, Granudacyn, Granuflex, Haemoccult, Handihaler, Hansaplast, Heelift, Hemocue, Hemosure
Hibiscrub, Hibisol, Hilotherm, Humulin, Hydrocoll, Hydrofilm, Hydrosorb, Hypafix, Hypnomidate, Hypnorex, Ibuflam
Imeron, Inadine, Incidin, Incidur, Infacol, Infanrix, Influvac, Infusomat, Innohep, Insulatard, Intellivue, IntelliVue
Intrasite, Ioban, Iodoflex, Iodosorb, Jelonet, Jevity, Jonosteril, Kabiven, Kaltostat, Kardégic, Kerlix, Kerramax
Kijimea, Kliniderm, Konakion, Kytocel, Lasilix, Inexium, Lagosin, Lantus, Laxoberal
Leukoplast, Leukosilk, Leukostrip, LigaSure
Ligasure, Linola, Lomatuell, Longtec, Loxapac, Luforbec, Lysthenon, Madopar, Marcoumar, Marcumar, Matrifen, Mefix
Melneurin, Melolin, Melperon, Meningitec, Mepiform, Mepilex, Mepitel, Mepore, Mesalt, Mesorb, Microshield, Mikrozid
Mirfulan, Mitosyl, Modecate, Molicare, MoliCare, Monocryl, Monosyn, Movicolon, Multilind, Narcaren, Nepro, Nervecentre
Nimbex, Nimbus, Nimenrix, Nolotil, Novalgin, Novaminsulfon, NovoRapid, Novorapid, Nozinan, Nutilis, Nutricrem
Nutridrink, Nutriflex, Nutrison, Octaplas, Octaplex, Octenidin, Octenisan, Octenisept, Omnic, Omnicell, Omnifix
Omnifuse, Omnipaque, Optiflo, Optiflow, Orelox, Orfidal, Oxoid, Oxygesic, Oxynorm, Paediasure, Palacos, Palexia
Pantozol, Parietex, PediaSure, Pentavac, Peptamen, Perenterol, Perfusomat, Perfusor, Permafoam, Pipamperon, Piportil
Plantaben, Plasmalyte, Plurivite, Polymem, Portex, Praxbind, Prednihexal, Prevenar, Previscan, Priadel, Primapore
Priorix, Prismaflex, Prismasol, Profore, Prolene, Prontosan, Proshield, Prothromplex, Purewick, Pyxis, Quilonum
Rapifen, Raytec, Redivac, Rehydrat, Renasys, Renutryl, Repevax, Respimat, Revaxis, Rhesonativ, Rhophylac, Ringerfundin
Romedic, Rotherm, Safetac, Sagrotan, Sativex, Seguril, Selexid, Septanest, Seresta, Seretide, Servo-i, Shortec
Sigvaris, Sintrom, Skinsan, Smecta, SmofKabiven, Smofkabiven, Sofradex, Softaman, Sorbact, Sorbaderm, Sorbsan, Spasfon
Stericlean, Sterillium, Steripod, Steristrip, Sterofundin, Suprarenin, Suprasorb, Surgicel, Surgifoam, Surgilon
Symbicort, Syntometrine, Systagenix, Tavor, Tegaderm, Tempadot, Tensoplast, Tercian, ThickenUp, Topro, Torasemid
Toujeo, Tracrium, Transeal, Transpore, Trapanal, Trelegy, Trimbow, Truxal, Tubertest, Tubifast, Tubigrip, Tubinette
Tubipad, Turbohaler, Turbuhaler, Turixin, Ultiva, Ultravist, Unacid, Unguentolan, UrgoClean, Urgoclean, Urgosorb
Urgostart, UrgoStart, Urgotul, Uriplan, Urotainer, Vaccutainer, Vacutainer, Varihesive, Varilux, Vascath, Vaxelis
Vaxigrip, Velcro, Venflon, Verbascan, Vicryl, Viggo, Viggos, Volulyte, Volumat, Voluven, Vomex, Vygon, Wander-Guard
Wissner-Bosserhoff, Ximovan, Zaponex, Zetuvit, Zinkleim, Zipzoc, Zoll, Zopiclon
"""
"""Dressings, devices, foods and medicines beside those of `medicines.txt`."""

ALONE = """
Billroth, Doloplus, Fleischner, Ilizarov, Kleihauer, Korsakow, Langenbeck, Luer, Modic, Overholt, Pfannenstiel
Raspatorium, Redon, Shouldice, Trendelenburg, Veress, Waterlow
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
